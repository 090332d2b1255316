/** Files beside the page, from the server that handed it out. */
import { DataError } from '../../device/errors.js';

/** @param query what stands behind its name in the address. @throws DataError when the server does not give it. */
export async function fetchFile(name: string, query = '', options: RequestInit = {}): Promise<Response> {
  const response = await fetch(new URL(name + query, location.href), options).catch((error: unknown) => {
    throw new DataError(`${name}: there is no answer from the server`, {
      fix: 'see that there is a network, and load the page again',
      cause: error,
    });
  });
  if (!response.ok)
    throw new DataError(`${name}: the server answers ${response.status}`, { fix: 'load the page again' });
  return response;
}
