/** What a cell of a feed says, as an address that may be asked for. */
import { failed, type Failed } from './outcome.js';

export interface AddressRules {
  /** http: is taken besides https:. */
  readonly allowHttp: boolean;
}

/** Why an address is not asked for; null: it may be. */
export function addressProblem(url: URL, { allowHttp }: AddressRules): Failed | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return failed('bad-address', `${url.protocol} is not fetched`);
  if (url.protocol === 'http:' && !allowHttp) return failed('bad-address', 'http: is not fetched, only https:');
  if (url.username !== '' || url.password !== '') return failed('bad-address', 'has a user name or password in it');
  return null;
}

/** Whether hosts, with their ports or without, name an address's. */
export function isHostOf({ protocol, hostname, port }: URL, hosts: readonly string[]): boolean {
  const usual = protocol === 'https:' ? '443' : '80'; // which a URL leaves out
  return hosts.includes(hostname) || hosts.includes(`${hostname}:${port || usual}`);
}

/**
 * The address in a cell: blanks and letters outside of ASCII become what they are in an address, `//host/path` is
 * https:, what stands behind `#` is left out.
 */
export function parseAddress(cell: string, rules: AddressRules): URL | Failed {
  const text = cell.trim();
  if (text === '') return failed('no-address', 'the cell is empty');
  const absolute = text.startsWith('//') ? `https:${text}` : text;
  if (!URL.canParse(absolute))
    return failed('bad-address', /^[a-z][a-z0-9+.-]*:/i.test(text) ? 'is no URL' : 'is no whole address');
  const url = new URL(absolute);
  url.hash = '';
  return addressProblem(url, rules) ?? url;
}
