from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

router = APIRouter(prefix="/notes", tags=["notes"])

notes: dict[int, str] = {}


class Note(BaseModel):
    text: str


@router.post("", status_code=201)
def add(note: Note) -> dict[str, int]:
    number = len(notes) + 1
    notes[number] = note.text
    return {"id": number}


@router.get("/{number}")
def read(number: int) -> Note:
    if number not in notes:
        raise HTTPException(status_code=404, detail="no such note")
    return Note(text=notes[number])
