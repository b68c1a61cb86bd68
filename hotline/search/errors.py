"""What can go wrong with views that are kept."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class ViewNotFound(DomainError):
    """There is no such view, or none for him."""

    kind = ErrorKind.NOT_FOUND
    code = "view-not-found"
    title = N_("There is no such view")


class ViewNameTaken(DomainError):
    """He has a view of that name already."""

    kind = ErrorKind.CONFLICT
    code = "view-name-taken"
    title = N_("You have a view of that name already: {name}")


class TooManyViews(DomainError):
    """He has as many views as one person may keep."""

    kind = ErrorKind.CONFLICT
    code = "too-many-views"
    title = N_("No more than {most} views are kept: delete one first")


class PersonalView(DomainError):
    """The question of the view holds a telephone number, which would be kept in plain words."""

    kind = ErrorKind.INVALID
    code = "personal-view"
    title = N_("A view does not keep a telephone number")
