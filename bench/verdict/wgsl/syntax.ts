/** The parts of a WGSL program that decide where a kernel reads and writes, as a tree. */

/** `array<vec4f, 8>`: its arguments are types, or expressions that are sizes. */
export interface TypeName {
  readonly name: string;
  readonly types: readonly TypeName[];
  readonly size: Expression | null;
}

export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly type: 'int' | 'u32' | 'i32' | 'float' | 'bool' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly op: string; readonly of: Expression }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'call';
      readonly type: TypeName;
      readonly args: readonly Expression[];
      /** Of the calls of a program, for the way that led to a place. */
      readonly id: number;
    }
  | {
      readonly kind: 'index';
      readonly of: Expression;
      readonly at: Expression;
      readonly id: number;
      readonly text: string;
    }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly id: number };

export type Statement =
  | {
      readonly kind: 'declare';
      readonly name: string;
      readonly type: TypeName | null;
      readonly value: Expression | null;
    }
  | { readonly kind: 'assign'; readonly op: string; readonly to: Expression; readonly value: Expression }
  | { readonly kind: 'evaluate'; readonly value: Expression }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | {
      readonly kind: 'if';
      readonly condition: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: 'loop';
      readonly first: Statement | null;
      readonly condition: Expression | null;
      readonly next: Statement | null;
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

export interface Parameter {
  readonly name: string;
  readonly type: TypeName;
  /** `local_invocation_index`, … */
  readonly builtin: string | null;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  /** The sizes of a workgroup; none for a function that is not an entry point. */
  readonly workgroupSize: readonly Expression[];
}

export interface Variable {
  readonly name: string;
  /** `storage`, `uniform`, `workgroup`, `private`. */
  readonly space: string;
  readonly type: TypeName;
}

export interface Program {
  readonly constants: ReadonlyMap<string, { readonly value: Expression | null; readonly type: TypeName | null }>;
  readonly aliases: ReadonlyMap<string, TypeName>;
  readonly structs: ReadonlyMap<string, readonly { readonly name: string; readonly type: TypeName }[]>;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
}

/** What this reader of WGSL does not know. */
export class UnknownSyntax extends Error {}
