"""Coming and going: sign-in, sign-out, own password, language."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.response import Redirect
from sqlmodel.ext.asyncio.session import AsyncSession

from hotline.founding.queries import is_empty_house
from hotline.kernel.errors import N_, DomainError
from hotline.people.actions import (
    change_own_password,
    set_language,
    set_looks,
    sign_in,
    sign_out,
)
from hotline.people.attempts import (
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_NAME,
    count_attempt,
    forget_attempts,
)
from hotline.people.passwords import MIN_LENGTH
from hotline.people.permissions import Permission
from hotline.people.principal import Principal, Tx
from hotline.people.queries import find_user
from web.errors import status_of
from web.i18n import LANGUAGES
from web.pages.frame import (
    LOOKS_COOKIE,
    PageRequest,
    looks_of,
    own_path,
    page,
    posted,
    see_other,
    speaker,
)
from web.pages.home import public_home
from web.pages.kept_forms import carried_form
from web.resources import Resources
from web.security.guards import signed_in
from web.security.identity import SESSION_COOKIE, csrf_token, session_cookie
from web.views.fields import Field, Kind, read
from web.views.forms import EMPTY, FormState
from web.views.looks import looks_form
from web.views.problems import explain
from web.views.queues import home_of

_ACCOUNT = (
    Field("username", N_("User name"), Kind.LINE, most=64),
    Field("password", N_("Password"), Kind.SECRET, most=200),
)
_PASSWORDS = (
    Field("current", N_("Present password"), Kind.SECRET, most=200),
    Field("new", N_("New password"), Kind.SECRET, most=200),
    Field("again", N_("New password once more"), Kind.SECRET, most=200),
)
_YEAR_SECONDS = 365 * 86400


def client_address(request: PageRequest) -> str:
    """Return where a request comes from, as far as the server tells."""
    return request.client.host if request.client else ""


class SessionController(Controller):
    """The door."""

    include_in_schema = False

    @get("/", name="home")
    async def go_home(
        self,
        request: PageRequest,
        reader: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> Response[Any]:
        """Send whoever is signed in to his own desk; show everybody else the public first page.

        Who administers an empty house is sent to where it is set up.
        """
        principal = request.scope.get("user")
        if not isinstance(principal, Principal):
            return await public_home(request, reader, resources)
        if Permission.MANAGE_DIRECTORY in principal.permissions and await is_empty_house(reader):
            return see_other("/admin/setup")
        return see_other(home_of(principal))

    @get("/sign-in")
    async def show_sign_in(self, request: PageRequest) -> Response[str]:
        """Show the sign-in form."""
        target = own_path(request.query_params.get("next", "/"))
        return page(request, "pages/sign_in.html", form=EMPTY, next=target, kept=None)

    @get("/session")
    async def tell(self, request: PageRequest) -> Response[dict[str, str | None]]:
        """Say who is signed in, and what proves a form to be his: a page that stood open may ask."""
        resources: Resources = request.app.state.resources
        principal = request.scope.get("user")
        is_in = isinstance(principal, Principal)
        token = csrf_token(resources.cipher, request.cookies.get(SESSION_COOKIE)) if is_in else None
        return Response({"user": principal.username if is_in else None, "token": token})

    @post("/sign-in", status_code=200)
    async def sign_in(
        self,
        request: PageRequest,
        public_tx: NamedDependency[Tx],
        resources: NamedDependency[Resources],
    ) -> Response[Any]:
        """Sign somebody in, under a fresh session whatever cookie he brought."""
        sent = await posted(request)
        target = own_path("".join(sent.get("next", ["/"])))
        kept = carried_form(sent)
        values, form = read(_ACCOUNT, sent, speaker(request))
        if form.errors:
            return page(
                request, "pages/sign_in.html", status=422, form=form, next=target, kept=kept
            )
        name = values["username"].lower()
        try:
            for limit, subject in (
                (SIGN_IN_BY_ADDRESS, client_address(request)),
                (SIGN_IN_BY_NAME, name),
            ):
                await count_attempt(
                    resources.session_maker, resources.cipher, limit, subject, public_tx.now
                )
            token = await sign_in(
                public_tx,
                username=name,
                password=values["password"],
                previous=request.cookies.get(SESSION_COOKIE),
            )
        except DomainError as error:
            refused = FormState(form.values, refusal=explain(error, speaker(request).language))
            return page(
                request,
                "pages/sign_in.html",
                status=status_of(error),
                form=refused,
                next=target,
                kept=kept,
            )
        await forget_attempts(resources.session_maker, resources.cipher, SIGN_IN_BY_NAME, name)
        answer: Response[Any] = see_other(target)
        user = await find_user(public_tx.session, name)
        if kept is not None:
            own = csrf_token(resources.cipher, token)
            answer = page(request, "pages/send_again.html", kept=kept, token=own, next=target)
        elif user is not None and user.first_password_until is not None:
            answer = see_other("/account?first=1")
        answer.set_cookie(_kept(request, token))
        return answer

    @post("/sign-out", status_code=303)
    async def sign_out(self, request: PageRequest, public_tx: NamedDependency[Tx]) -> Redirect:
        """Forget the session."""
        token = request.cookies.get(SESSION_COOKIE)
        if token:
            await sign_out(public_tx, token)
        answer = see_other("/sign-in")
        answer.set_cookie(_kept(request, None))
        return answer

    @post("/language", status_code=303)
    async def choose_language(
        self, request: PageRequest, public_tx: NamedDependency[Tx]
    ) -> Redirect:
        """Speak another language from now on: in this browser, and to this account."""
        sent = await posted(request)
        language = "".join(sent.get("language", []))
        answer = see_other(own_path("".join(sent.get("next", ["/"]))))
        if language in LANGUAGES:
            principal = request.scope.get("user")
            if isinstance(principal, Principal):
                await set_language(_acting(public_tx, principal), language)
            answer.set_cookie(_remembered(request, "lang", language))
        return answer

    @post("/looks", status_code=303)
    async def choose_looks(self, request: PageRequest, public_tx: NamedDependency[Tx]) -> Redirect:
        """Show everything in other looks from now on: in this browser, and to this account."""
        sent = await posted(request)
        wanted = {name: "".join(sent.get(name, [])) for name in ("theme", "density", "size")}
        looks = looks_of(request).changed(**wanted)
        principal = request.scope.get("user")
        if isinstance(principal, Principal):
            await set_looks(_acting(public_tx, principal), looks)
        answer = see_other(own_path("".join(sent.get("next", ["/"]))))
        answer.set_cookie(_remembered(request, LOOKS_COOKIE, looks.spelled()))
        return answer


class AccountController(Controller):
    """One's own account."""

    path = "/account"
    guards = (signed_in,)
    include_in_schema = False

    @get()
    async def show(self, request: PageRequest) -> Response[str]:
        """Show the forms for password and language."""
        return _account_page(
            request,
            EMPTY,
            is_done="done" in request.query_params,
            is_first="first" in request.query_params,
        )

    @post("/password", status_code=200)
    async def change_password(self, request: PageRequest, tx: NamedDependency[Tx]) -> Response[Any]:
        """Change one's own password; every other session of the account ends."""
        t = speaker(request)
        values, form = read(_PASSWORDS, await posted(request), t)
        if not form.errors and values["new"] != values["again"]:
            form = FormState(errors={"again": t.text(N_("This is not the same as above"))})
        if form.errors:
            return _account_page(request, form, status=422)
        try:
            token = await change_own_password(tx, present=values["current"], password=values["new"])
        except DomainError as error:
            refused = FormState(refusal=explain(error, t.language))
            return _account_page(request, refused, status=status_of(error))
        answer = see_other("/account?done=1")
        answer.set_cookie(_kept(request, token))
        return answer


def _account_page(
    request: PageRequest,
    form: FormState,
    *,
    status: int = 200,
    is_done: bool = False,
    is_first: bool = False,
) -> Response[str]:
    t = speaker(request)
    return page(
        request,
        "pages/account.html",
        status=status,
        form=FormState(errors=form.errors, refusal=form.refusal),
        language_form=FormState({"language": t.language}),
        looks_form=looks_form(looks_of(request)),
        password_min=MIN_LENGTH,
        done=t.text(N_("The password is changed")) if is_done else None,
        is_first=is_first,
    )


def _acting(tx: Tx, actor: Principal) -> Tx:
    return Tx(session=tx.session, now=tx.now, cipher=tx.cipher, trace_id=tx.trace_id, actor=actor)


def _remembered(request: PageRequest, key: str, value: str) -> Cookie:
    return Cookie(
        key=key,
        value=value,
        path="/",
        max_age=_YEAR_SECONDS,
        samesite="lax",
        secure=_is_secure(request),
        httponly=True,
    )


def _is_secure(request: PageRequest) -> bool:
    return bool(request.app.state.settings.secure_cookies)


def _kept(request: PageRequest, token: str | None) -> Cookie:
    return session_cookie(token, secure=_is_secure(request))
