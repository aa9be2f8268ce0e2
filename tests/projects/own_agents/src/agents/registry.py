def names() -> list[str]:
    return ["mail", "phone"]
