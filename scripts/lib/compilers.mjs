/**
 * What the driver that compiles for GPUs is built of (bench/verdict/native): a C compiler and Vulkan's headers, when
 * they may be installed. The compilers for AMD's GPUs come with Mesa's drivers, which the adapter needs anyway.
 */
import { existsSync } from 'node:fs';
import { aptInstall, hasApt } from './apt.mjs';
import { capture, say, SetupError } from './host.mjs';

const HEADER = '/usr/include/vulkan/vulkan.h';
const PACKAGES = ['gcc', 'libc6-dev', 'libvulkan-dev'];

const isThere = () => capture('gcc', ['--version']).ok && existsSync(HEADER);

/** Installs them where they are missing. Throws SetupError 4 when they cannot be had. */
export function ensureCompilers() {
  if (process.platform !== 'linux' || isThere()) return;
  if (!hasApt() || process.getuid?.() !== 0)
    throw new SetupError(
      4,
      `no C compiler or no Vulkan headers here. Install them (Debian: apt-get install ${PACKAGES.join(' ')}).`,
    );
  say('installing a C compiler and Vulkan headers, to compile for GPUs that are not here …');
  if (!aptInstall(PACKAGES) || !isThere())
    throw new SetupError(4, `${PACKAGES.join(', ')} cannot be installed; apt-get says why above.`);
}
