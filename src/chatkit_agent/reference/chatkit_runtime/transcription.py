"""Transcription: what a person says into the microphone becomes text in the composer."""

from __future__ import annotations

import logging

import openai
from chatkit.types import AudioInput, TranscriptionResult

from ..chatkit_store import Caller, Settings
from .error_responses import Refused
from .settings import beside, lacking
from .turn import TurnServer

logger = logging.getLogger(__name__)

MAX_AUDIO = 10 * 1024 * 1024
SECONDS = 60
# What ChatKit records, and the ending by which the provider knows the format.
ENDINGS = {"audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "mp4"}


class TranscriptionSettings(Settings):
    transcription_model: str = "gpt-4o-mini-transcribe"


class Transcription(TurnServer):
    """Sends recordings to the configured provider; they are not kept."""

    # As base64 in JSON they are a third longer.
    body_limits = {**TurnServer.body_limits, "input.transcribe": MAX_AUDIO * 4 // 3 + 4096}

    @classmethod
    def missing(cls) -> list[str]:
        return [*super().missing(), *lacking(beside(TranscriptionSettings, cls.settings_types[-1]))]

    async def transcribe(self, audio_input: AudioInput, context: Caller) -> TranscriptionResult:
        ending = ENDINGS.get(audio_input.media_type)
        if ending is None:
            known = ", ".join(sorted(ENDINGS))
            raise Refused(400, "not_audio", f"A recording may be {known}.")
        if not 0 < len(audio_input.data) <= MAX_AUDIO:
            raise Refused(400, "not_audio", f"A recording may have 1 to {MAX_AUDIO} bytes.")
        recording = (f"speech.{ending}", audio_input.data, audio_input.media_type)
        return TranscriptionResult(text=await self._text_of(recording))

    async def _text_of(self, recording: tuple[str, bytes, str]) -> str:
        model = beside(TranscriptionSettings, type(self.settings))().transcription_model
        try:
            heard = await self.client.audio.transcriptions.create(
                file=recording, model=model, timeout=SECONDS
            )
        except openai.BadRequestError:
            message = "The recording could not be understood. Record it again."
            raise Refused(400, "not_audio", message) from None
        except openai.OpenAIError as error:
            logger.error("%s cannot transcribe: %s", model, type(error).__name__)
            message = "Speech cannot be turned into text right now. Type your message instead."
            raise Refused(503, "unavailable", message) from error
        return heard.text
