/** JavaScript out of TypeScript: types become spaces, so that lines and columns stay. */
import * as nodeModule from 'node:module';

/** Of Node 22.13 and later. */
const own = (nodeModule as { readonly stripTypeScriptTypes?: (text: string) => string }).stripTypeScriptTypes;

/** @throws SyntaxError that names the line. */
export async function stripTypes(text: string): Promise<string> {
  try {
    if (own !== undefined) return own(text);
    const { transformSync } = await import('@swc/wasm-typescript');
    return transformSync(text, { mode: 'strip-only' }).code;
  } catch (error) {
    const { startLine, message } = error as { readonly startLine?: number; readonly message?: string };
    throw new SyntaxError(startLine === undefined ? message : `line ${startLine}: ${message}`, { cause: error });
  }
}
