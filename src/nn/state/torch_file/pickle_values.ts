/** What a pickle of a state dict is made of (pickle.ts). */

/** Numbers of a file: where they are, and what they are. */
export interface StorageRef {
  readonly kind: 'storage';
  /** `FloatStorage`, … */
  readonly type: string;
  readonly key: string;
  /** Numbers in it. */
  readonly size: number;
}

/** A tensor: a part of a storage. */
export interface TensorRef {
  readonly kind: 'tensor';
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** A function or class that a pickle names; it is never called. */
export interface Named {
  readonly kind: 'named';
  readonly name: string;
}

export type Dict = Map<Value, Value>;
export type Value = null | boolean | number | bigint | string | Value[] | Dict | StorageRef | TensorRef | Named;

export const isKind = <K extends 'storage' | 'tensor' | 'named'>(
  value: Value | undefined,
  kind: K,
): value is Extract<Value, { kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
export const isTensorRef = (value: Value | undefined): value is TensorRef => isKind(value, 'tensor');
export const isDict = (value: Value | undefined): value is Dict => value instanceof Map;
