/** page.json: what comes with the page. */
import { DataError } from '../../device/errors.js';
import { parsePageManifest, type PageManifest } from '../../retrieval/page_manifest.js';

/** What the page was made with. @throws DataError or ModelError when it does not come, or is something else. */
export async function fetchManifest(): Promise<PageManifest> {
  const response = await fetch('./page.json', { cache: 'no-cache' });
  if (!response.ok)
    throw new DataError(`page.json: the server answers ${response.status}`, { fix: 'load the page again' });
  return parsePageManifest(await response.text(), 'page.json');
}
