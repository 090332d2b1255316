/** Has the browser keep the page, so that it opens without a network and can be installed. */

/** Where browsers allow it: on https and on this machine. Without it everything works but that. */
export async function keepOffline(): Promise<void> {
  if (!isSecureContext || !('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register('./sw.js', { updateViaCache: 'none' }).catch(() => null); // a private window
}
