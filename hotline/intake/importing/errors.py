"""Why a whole file, a mapping or a run was refused."""

from hotline.kernel.errors import N_, DomainError, ErrorKind


class FileRefused(DomainError):
    """The file as a whole cannot be read; nothing of it was written by this refusal."""

    kind = ErrorKind.INVALID
    code = "import-file-refused"
    title = N_("The file cannot be imported: {problem}")

    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(reason=reason, problem=problem)
        self.reason = reason
        self.problem = problem


class MappingInvalid(DomainError):
    """A mapping that cannot be used, with the place of every mistake."""

    kind = ErrorKind.INVALID
    code = "import-mapping-invalid"
    title = N_("The mapping {mapping} is not valid: {problem}")


class MappingNotFound(DomainError):
    """No mapping of this name, or none that fits the header."""

    kind = ErrorKind.INVALID
    code = "import-mapping-not-found"
    title = N_("No mapping for this file: {problem}")


class DepartmentsMissing(DomainError):
    """The directory has no unit to own the tickets that name none."""

    kind = ErrorKind.CONFLICT
    code = "import-no-hotline-department"
    title = N_("The directory has no hotline centre to own the imported tickets; add it first")
