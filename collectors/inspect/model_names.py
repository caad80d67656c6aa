"""Names that strangers chose, for people to read: of files, of members of archives, of keys."""


def printable(name: str) -> str:
    """A name in which what is no text, and what a terminal would act on, is spelt out."""
    text = name.encode("utf-8", "surrogateescape" if _escaped(name) else "backslashreplace")
    read = text.decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in read)


def _escaped(name: str) -> bool:
    """Whether its surrogates are all bytes that the file system gave."""
    return all(each < "\ud800" or each > "\udfff" or "\udc80" <= each <= "\udcff" for each in name)
