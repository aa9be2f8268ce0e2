"""The routes of orders."""

from fastapi import APIRouter

router = APIRouter(tags=["orders"])


@router.get("/orders/{number}")
def read_order(number: int) -> dict[str, int]:
    return {"number": number}
