/** What every test file uses: suites that can skip by name, and where the real data is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite as uvuSuite } from 'uvu';

/** Names of skipped tests with the reason; test/run.ts prints them. */
export const skipped: string[] = [];

/** What hooks after tests threw. uvu ends a suite without a word when one does so after a failed test. */
export const hookErrors: string[] = [];

/** A uvu suite; call `.run()` at the end of the file. */
export function suite(name: string): ReturnType<typeof uvuSuite> {
  return uvuSuite(name);
}

/** The folder of real data (`$WEFT_DATA`, or `../shared/data` beside the project), or null. */
export const DATA: string | null = (() => {
  const folder = process.env['WEFT_DATA'] ?? join(process.cwd(), '..', 'shared', 'data');
  return existsSync(folder) ? folder : null;
})();

/** Registers a test that needs a file of the real data; when it is absent the test is skipped by name. */
export function testWithData(
  test: ReturnType<typeof uvuSuite>,
  name: string,
  path: string,
  body: (file: string) => Promise<void> | void,
): void {
  const file = DATA === null ? null : join(DATA, path);
  if (file === null || !existsSync(file)) {
    skipped.push(`${name} (no ${path}; set WEFT_DATA)`);
    return;
  }
  test(name, () => body(file));
}

/** Ends the shared device, if a test made one. */
export let closeTestDevice: () => Promise<void> = async () => {};
export function onClose(close: () => Promise<void>): void {
  closeTestDevice = close;
}
