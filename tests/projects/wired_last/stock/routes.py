"""The routes of the stock."""

from fastapi import APIRouter, Request

router = APIRouter(tags=["stock"])


@router.get("/stock/{piece}")
def read_stock(piece: str, request: Request) -> dict[str, int]:
    return {piece: request.app.container.pieces.get(piece, 0)}
