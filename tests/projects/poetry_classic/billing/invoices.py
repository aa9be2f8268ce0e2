from fastapi import APIRouter

router = APIRouter(tags=["invoices"])


@router.get("/")
def invoices() -> list[int]:
    return [100, 200]
