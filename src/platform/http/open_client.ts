/** The way to the network, loaded by the first that takes it: no other command waits for it. */
import type { HttpClient } from './client.js';

export type { HttpAnswer, HttpAsk, HttpClient } from './client.js';
export { HttpFailure, type HttpFailureKind } from './failure.js';

export async function openHttp(): Promise<HttpClient> {
  return new (await import('./client.js')).HttpClient();
}
