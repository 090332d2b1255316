/** Where this browser cannot compute, the server that gave the page does. */
import { DataError } from '../device/errors.js';
import type { ClassProbability } from '../inference/classifier.js';
import type { PageAnswer } from '../retrieval/page_manifest.js';
import type { FindSimilar } from './similar.js';

/** @throws DataError saying what the server says. */
export async function askServer(
  file: Blob,
  run: string,
): Promise<{ readonly top: readonly ClassProbability[]; readonly similar: FindSimilar | null }> {
  const response = await fetch(`./classify?run=${encodeURIComponent(run)}`, {
    method: 'POST',
    body: file,
    headers: { 'content-type': 'application/octet-stream' },
  });
  const answer = (await response.json()) as PageAnswer | { error: { message: string; fix?: string } };
  if ('error' in answer)
    throw new DataError(answer.error.message, answer.error.fix === undefined ? {} : { fix: answer.error.fix });
  const { top, similar } = answer;
  return { top, similar: similar === null ? null : () => Promise.resolve(similar) };
}
