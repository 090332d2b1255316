/** What a cell of a feed says, as an address that may be asked for. */
import { UsageError } from '../../device/errors.js';
import { visible } from '../../text/visible.js';
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
 * Hosts in a list that commas part, as `isHostOf` looks for them.
 *
 * @param where what the list is of, for the error
 * @throws UsageError for what is no host: an address, a path, a range.
 */
export function parseHosts(list: string, where: string): string[] {
  const hosts = list.split(',').map((host) => host.trim().toLowerCase());
  return hosts
    .filter((host) => host !== '')
    .map((host) => {
      if (/^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]*]+)(:\d{1,5})?$/.test(host)) return host;
      throw new UsageError(`${where}: "${visible(host)}" is no host`, {
        fix: 'name hosts as addresses have them, e.g. 127.0.0.1:8080, [::1] or pictures.lan: no scheme, no path',
      });
    });
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
