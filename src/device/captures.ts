/** The device's side of capturing: which step is being recorded, where its memory comes from, and how it is run again. */
import type { Recording } from './capture.js';
import type { Ownership } from './ownership.js';
import type { Arena, BufferPool } from './pool.js';
import type { Recorder } from './recorder.js';
import { Storage } from './storage.js';
import type { Device } from './device.js';

/** Host state that moves with every step, replayed or not: the random generator's. */
export interface StepListener {
  /** The outermost step begins. */
  begin(): void;
  /** Where the step has come, to be handed to `replayed`. */
  mark(): number;
  /** A recorded step that came to this mark was replayed. */
  replayed(mark: number): void;
}

export class Captures {
  readonly stepListeners: StepListener[] = [];
  /** Number of the capture that records now, or 0. */
  current = 0;
  /** The memory of the capture that records now. */
  arena: Arena | null = null;
  readonly #device: Device;
  readonly #pool: BufferPool;
  readonly #ownership: Ownership;
  readonly #recorder: Recorder;
  #count = 0;

  constructor(device: Device, pool: BufferPool, ownership: Ownership, recorder: Recorder) {
    this.#device = device;
    this.#pool = pool;
    this.#ownership = ownership;
    this.#recorder = recorder;
  }

  get isInStep(): boolean {
    return this.#ownership.isInScope;
  }

  beginStep(): void {
    for (const listener of this.stepListeners) listener.begin();
  }

  createArena(): Arena {
    return this.#pool.createArena();
  }

  /** Memory of an arena that no step gives back. */
  allocateIn(arena: Arena, bytes: number): Storage {
    return new Storage(this.#device, this.#pool.acquire(bytes, arena));
  }

  copy(source: Storage, sourceOffset: number, target: Storage, targetOffset: number, bytes: number): void {
    this.#device.copy(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Runs a step whose commands go to the recording too and whose memory comes from its arena. */
  record<T>(recording: Recording<T>, body: () => T): T {
    this.current = ++this.#count;
    this.arena = recording.arena;
    this.#recorder.captured = recording.commands;
    try {
      const result = this.#ownership.scope(body);
      recording.marks = this.stepListeners.map((l) => l.mark());
      return result;
    } finally {
      this.current = 0;
      this.arena = null;
      this.#recorder.captured = null;
      recording.arena.takesFitting = true;
    }
  }

  replay(recording: Recording<unknown>): void {
    this.#device.flush(); // also throws what has failed meanwhile
    this.#recorder.replay(recording.commands);
    this.stepListeners.forEach((listener, i) => listener.replayed(recording.marks[i] ?? 0));
  }

  /** See Device.aside. */
  aside<T>(body: () => T): T {
    const [current, arena, captured] = [this.current, this.arena, this.#recorder.captured];
    this.current = 0;
    this.arena = null;
    this.#recorder.captured = null;
    try {
      return body();
    } finally {
      this.current = current;
      this.arena = arena;
      this.#recorder.captured = captured;
    }
  }
}
