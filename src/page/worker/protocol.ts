/** What page and worker say to each other. */
import { AdapterError, WeftError } from '../../device/errors.js';

/** The page asks. */
export interface Request {
  readonly id: number;
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The page wants no answer any more. */
export interface Cancel {
  readonly cancel: number;
}

/** An error without its class, which no message carries. */
export interface ToldError {
  readonly kind: 'adapter' | 'weft' | 'other';
  readonly message: string;
  readonly fix?: string;
}

/** The worker answers, or says how far it is, or what has happened to the GPU. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ToldError }
  | { readonly id: number; readonly progress: unknown }
  | { readonly gpu: GpuState };

/** What the page shows of the GPU. */
export interface GpuState {
  /** Bytes of memory on the GPU that are taken. */
  readonly bytes: number;
  /** How often it was lost and opened anew. */
  readonly renewed: number;
}

export function tellError(error: unknown): ToldError {
  if (error instanceof WeftError) {
    const kind = error instanceof AdapterError ? 'adapter' : 'weft';
    return { kind, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) };
  }
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
}

export function errorOf({ kind, message, fix }: ToldError): Error {
  if (kind === 'other') return new Error(message);
  return new (kind === 'adapter' ? AdapterError : WeftError)(message, fix === undefined ? {} : { fix });
}
