from fastapi import APIRouter

router = APIRouter(prefix="/beds", tags=["beds"])


@router.get("")
def beds() -> list[str]:
    return ["roses"]
