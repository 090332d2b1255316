/** ONNX Runtime for tests: they skip by name where it is not installed. */
import { loadRuntime, type Runtime } from '../../src/cli/export/runtime.js';
import { skipped } from '../support/harness.js';

/** Null where the package is nowhere: what would have been compared is said. */
export async function runtimeOr(what: string): Promise<Runtime | null> {
  try {
    return await loadRuntime();
  } catch {
    skipped.push(`${what} (onnxruntime-web is not installed: npm install --no-save onnxruntime-web)`);
    return null;
  }
}
