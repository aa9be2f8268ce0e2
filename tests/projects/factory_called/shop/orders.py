from fastapi import APIRouter

router = APIRouter()


@router.get("/orders", tags=["orders"])
async def orders() -> list[str]:
    return ["tea", "bread"]
