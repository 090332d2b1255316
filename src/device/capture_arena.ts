/**
 * The device's side of capturing: which step is being recorded, where its memory comes from, and how it is run again.
 */
import { waitFor } from '#platform';
import type { Recording, Watch } from './capture.js';
import { lastWrite, type Command } from './commands.js';
import type { Ownership } from './ownership.js';
import type { Arena, BufferPool } from './pool.js';
import type { Recorder } from './recorder.js';
import { Storage, forEachStorage } from './storage.js';
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
  /** Replays since the start. */
  replays = 0;
  /** Number of the capture that records now, or 0. */
  current = 0;
  /** The memory of the capture that records now. */
  arena: Arena | null = null;
  readonly #device: Device;
  readonly #pool: BufferPool;
  readonly #ownership: Ownership;
  readonly #recorder: Recorder;
  #count = 0;
  #compiling: Promise<void>[] | null = null;

  constructor(device: Device, pool: BufferPool, ownership: Ownership, recorder: Recorder) {
    this.#device = device;
    this.#pool = pool;
    this.#ownership = ownership;
    this.#recorder = recorder;
  }

  get isInStep(): boolean {
    return this.#ownership.isInScope;
  }

  /** See Device.step. */
  step<T>(body: () => T): T {
    if (this.#ownership.isInScope) return this.#ownership.scope(body);
    this.beginStep();
    try {
      return this.#ownership.scope(body);
    } finally {
      this.#recorder.endStep();
    }
  }

  beginStep(): void {
    for (const listener of this.stepListeners) listener.begin();
  }

  createArena(): Arena {
    return this.#pool.createArena();
  }

  /** Gives an arena back. */
  dissolve(arena: Arena): void {
    this.#pool.dissolve(arena);
  }

  /** Memory of an arena that no step gives back; from call to call what is in it is not needed. */
  allocateIn(arena: Arena, bytes: number): Storage {
    const storage = new Storage(this.#device, this.#pool.acquire(bytes, arena));
    storage.buffer.isPassing = true;
    return storage;
  }

  copy(source: Storage, sourceOffset: number, target: Storage, targetOffset: number, bytes: number): void {
    this.#device.copy(source, sourceOffset, target, targetOffset, bytes);
  }

  /**
   * Runs a step whose commands go to the recording too and whose memory comes from its arena. What was recorded before
   * gets its memory first, so that the step is laid out by itself.
   * @param prepare brings the arguments; its commands do not belong to the recording.
   */
  record<T>(recording: Recording<T>, prepare: () => void, body: () => T): T {
    this.#recorder.place();
    try {
      const result = this.#ownership.scope(() => {
        prepare();
        return this.#enter(recording.arena, recording.commands, false, body);
      });
      // an argument that is returned stays for the caller to read
      forEachStorage(result, ({ buffer }) => (buffer.isPassing = false));
      recording.marks = this.stepListeners.map((l) => l.mark());
      return result;
    } finally {
      recording.needed = this.#recorder.endStep();
    }
  }

  /**
   * Runs a step without recording a command, to learn which kernels it needs; they are compiled beside each other.
   * @param onProgress is told how many of them are done, and of how many.
   */
  async rehearse(arena: Arena, body: () => unknown, onProgress: (done: number, total: number) => void): Promise<void> {
    const marks = this.stepListeners.map((l) => l.mark());
    const compiling = (this.#compiling = new Array<Promise<void>>());
    try {
      this.#enter(arena, null, true, () => this.#ownership.scope(() => void body()));
    } finally {
      this.#compiling = null;
      this.stepListeners.forEach((l, i) => l.replayed(marks[i] ?? 0)); // as if it had not been
    }
    let done = 0;
    for (const one of compiling) void one.then(() => onProgress(++done, compiling.length));
    await waitFor(Promise.all(compiling));
    await this.#device.sync(); // throws what did not compile
  }

  /** In a rehearsal: takes note of a kernel that is being compiled. */
  noteCompiling(one: Promise<void> | null): void {
    if (one !== null) this.#compiling?.push(one);
  }

  #enter<T>(arena: Arena | null, commands: Command[] | null, isRehearsal: boolean, body: () => T): T {
    const recorder = this.#recorder;
    const before = [this.current, this.arena, recorder.captured, recorder.isRehearsal] as const;
    this.current = arena === null ? 0 : ++this.#count;
    this.arena = arena;
    recorder.captured = commands;
    recorder.isRehearsal = isRehearsal;
    try {
      return body();
    } finally {
      [this.current, this.arena, recorder.captured, recorder.isRehearsal] = before;
    }
  }

  replay(recording: Recording<unknown>, watch: Watch | null): void {
    this.#device.flush(); // also throws what has failed meanwhile
    this.replays++;
    const { commands } = recording;
    let done = 0;
    const upTo = (end: number): void => {
      if (end > done) this.#recorder.replay(commands.slice(done, end));
      done = Math.max(done, end);
    };
    const ends = (watch?.ranges ?? []).map((range, i) => ({ i, end: lastWrite(commands, range) + 1 }));
    for (const { i, end } of ends.sort((a, b) => a.end - b.end)) {
      upTo(end);
      watch?.onWritten(i);
    }
    upTo(commands.length);
    this.stepListeners.forEach((listener, i) => listener.replayed(recording.marks[i] ?? 0));
  }

  /** See Device.aside. */
  aside<T>(body: () => T): T {
    return this.#enter(null, null, false, body);
  }
}
