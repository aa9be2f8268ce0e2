/** Dictation: a recording becomes text in the composer. */
import { html, IconButton, Spinner, usePanel, useRef, useState } from "../ui.js";

/** @param {Blob} blob @returns {Promise<string>} */
const base64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1]);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/** @param {{ insert: (text: string) => void }} props */
export function Dictation({ insert }) {
  const { session, words } = usePanel();
  const [mode, setMode] = useState("idle");
  const [problem, setProblem] = useState("");
  const recorder = useRef(/** @type {MediaRecorder | null} */ (null));
  const send = async (/** @type {Blob} */ blob) => {
    setMode("reading");
    try {
      const { text } = await session.api.ask("input.transcribe", { audio_base64: await base64(blob), mime_type: blob.type });
      insert(text);
    } catch (error) {
      setProblem(/** @type {any} */ (error).said || words.recording_failed);
    }
    setMode("idle");
  };
  const start = async () => {
    setProblem("");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const made = new MediaRecorder(stream);
      /** @type {Blob[]} */
      const pieces = [];
      made.ondataavailable = ({ data }) => pieces.push(data);
      made.onstop = () => {
        for (const track of stream.getTracks()) track.stop();
        send(new Blob(pieces, { type: made.mimeType }));
      };
      made.start();
      recorder.current = made;
      setMode("recording");
    } catch {
      setProblem(words.recording_failed);
    }
  };
  if (mode === "reading") return html`<${Spinner} />`;
  const recording = mode === "recording";
  return html`<${IconButton} icon=${recording ? "stop" : "mic"} class=${recording ? "recording" : ""} label=${recording ? words.stop_recording : words.record} aria-pressed=${recording} onClick=${() => (recording ? recorder.current?.stop() : start())} />
    ${problem && html`<span class="problem" role="alert">${problem}</span>`}`;
}
