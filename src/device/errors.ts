/** The failures that Weft reports. */
import { spelledText, type Spelling, type Text } from '../text/wording.js';

/**
 * Every failure that Weft reports is a WeftError: it says what is wrong, where, why, and how to mend it, and it carries
 * the exit code that the command line ends with. Engine errors open with the op's name in brackets: `[conv2d] x (8, 3,
 * 28, 28) has C = 3 but w (16, 4, 5, 5) expects C = 4. Fix: …` Settings have the names that they have in a
 * configuration (`valSplit`); `spelled` writes them in another way.
 */
export class WeftError extends Error {
  /** Exit code of the command line. */
  readonly exitCode: number = 1;
  /** Stable word for scripts (`--json` prints it). */
  readonly code: string = 'error';
  /** What to do about it; printed on a line of its own. */
  readonly fix: string | undefined;
  readonly #message: Text;
  readonly #fix: Text | undefined;

  constructor(message: Text, options: { fix?: Text; cause?: unknown } = {}) {
    super(String(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.#message = message;
    this.#fix = options.fix;
    this.fix = options.fix === undefined ? undefined : String(options.fix);
  }

  /** The message, for one that quotes it: what names settings goes on doing so. */
  get text(): Text {
    return this.#message;
  }

  /** Message and fix, with every setting as `spelling` writes it. */
  spelled(spelling: Spelling): { readonly message: string; readonly fix: string | undefined } {
    return {
      message: spelledText(this.#message, spelling),
      fix: this.#fix === undefined ? undefined : spelledText(this.#fix, spelling),
    };
  }
}

/** Wrong arguments: an unknown option, a value out of range, shapes that do not fit. */
export class UsageError extends WeftError {
  override readonly exitCode: number = 2;
  override readonly code: string = 'usage';
}

/** Another process is writing into the same folder. Says which, and since when. */
export class LockedError extends UsageError {
  override readonly code: string = 'locked';
}

/** Wrong shapes or dtypes given to an op; thrown before any GPU work. */
export class ShapeError extends UsageError {
  override readonly code: string = 'shape';
}

/** A data file is missing, damaged or contradicts itself. Names file, and line or byte, and field. */
export class DataError extends WeftError {
  override readonly exitCode: number = 3;
  override readonly code: string = 'data';
}

/** No usable WebGPU adapter, or one whose limits are too small. */
export class AdapterError extends WeftError {
  override readonly exitCode: number = 4;
  override readonly code: string = 'adapter';
}

/** The GPU reported an error or was lost while running. Carries the label of the kernel at fault when it is known. */
export class GpuError extends WeftError {
  override readonly exitCode: number = 5;
  override readonly code: string = 'gpu';
}

/** A callback of the user's failed while training called it; `cause` is its error. */
export class CallbackError extends WeftError {
  override readonly code: string = 'callback';
}

/** Training produced a loss that is not a number. */
export class DivergedError extends WeftError {
  override readonly exitCode: number = 6;
  override readonly code: string = 'diverged';
}

/** A model or checkpoint file is damaged or belongs to another model. */
export class ModelError extends WeftError {
  override readonly exitCode: number = 7;
  override readonly code: string = 'model';
}

/** A self-check failed: a kernel disagrees with its reference. */
export class CheckError extends WeftError {
  override readonly exitCode: number = 8;
  override readonly code: string = 'check';
}

/** Several ranks compute together, and one of them cannot go on, or has other numbers than the rest. */
export class CollectiveError extends WeftError {
  override readonly exitCode: number = 9;
  override readonly code: string = 'collective';
}

/** Stopped by a signal after saving what there was. 130 for SIGINT, 143 for SIGTERM. */
export class InterruptedError extends WeftError {
  override readonly exitCode: 130 | 143;
  override readonly code: string = 'interrupted';
  constructor(message: Text, exitCode: 130 | 143) {
    super(message);
    this.exitCode = exitCode;
  }
}
