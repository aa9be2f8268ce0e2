sent: list[str] = []


def send(address: str) -> None:
    sent.append(address)
