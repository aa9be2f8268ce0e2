from fastapi import APIRouter, Request

router = APIRouter(tags=["books"])


@router.get("/books")
async def books(request: Request) -> dict[int, str]:
    return dict(request.app.state.books)
