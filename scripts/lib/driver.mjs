/**
 * Makes sure that there is a WebGPU adapter: takes the machine's own, else installs Mesa's software Vulkan driver, else
 * says how.
 */
import { probeAdapter } from './adapter.mjs';
import { aptInstall, hasApt, osRelease, ownArchive } from './apt.mjs';
import { say, SetupError } from './host.mjs';

const PACKAGES = ['libvulkan1', 'mesa-vulkan-drivers'];
const OWN_GPU = "For a GPU, install its maker's Vulkan driver instead.";

/** Prints the adapter's name, or throws SetupError 4. */
export function ensureAdapter() {
  const found = probeAdapter();
  if (found.name !== null) {
    process.stderr.write(`adapter: ${found.name}\n`);
    return;
  }
  refuseWhatAnInstallCannotMend(found);

  const os = osRelease();
  const plan = hasApt() ? aptPlan(os) : undefined;
  if (plan === undefined || plan.suites.length === 0 || process.getuid?.() !== 0)
    throw new SetupError(4, advice(os, plan));

  say('no WebGPU adapter: this machine has no Vulkan driver that Dawn (the WebGPU library) accepts.');
  say(`installing Mesa's software driver, which computes on the CPU (${PACKAGES.join(', ')}). ${OWN_GPU}`);
  const tried = [];
  for (const backports of plan.suites) {
    tried.push(`apt-get install ${backports === undefined ? '' : `-t ${backports} `}${PACKAGES.join(' ')}`);
    if (!aptInstall(PACKAGES, backports, plan.archive)) continue;
    const now = probeAdapter();
    if (now.name !== null) {
      process.stderr.write(`adapter: ${now.name}\n`);
      return;
    }
    say(`installed, but Dawn still finds no adapter:\n${now.detail}`);
  }
  throw new SetupError(
    4,
    `no WebGPU adapter. Tried: ${tried.join('; ')}. Install a Vulkan driver by hand (Mesa 24 or newer, or your ` +
      `GPU's own).`,
  );
}

/**
 * Cases where another driver would not help: Dawn does not load, a driver crashes, the user chose a driver by a
 * variable.
 */
function refuseWhatAnInstallCannotMend({ reason, detail }) {
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) {
    if (process.env[name]) {
      throw new SetupError(
        4,
        `no WebGPU adapter with ${name}=${process.env[name]}\n${detail}\nName a driver's ICD file there that ` +
          `exists, or unset ${name}.`,
      );
    }
  }
  if (reason === 'load')
    throw new SetupError(4, `Dawn (the npm package webgpu) does not load on this system:\n${detail}`);
  if (reason === 'crash') {
    throw new SetupError(
      4,
      `the search for a WebGPU adapter crashed, most likely in a Vulkan driver:\n${detail}\nUpdate that driver, ` +
        `or choose another with VK_DRIVER_FILES=<its ICD json file>.`,
    );
  }
}

/**
 * From where apt should take the driver: suites in the order to try, undefined standing for the system's own packages.
 * Debian 12's Mesa (22.3) is too old for Dawn, the one in its backports is not. Backports need the machine's own entry
 * for Debian (`archive`).
 */
function aptPlan(os) {
  const codename = os.VERSION_CODENAME;
  if (os.ID !== 'debian' || !codename) return { first: undefined, suites: [undefined] };
  const backports = `${codename}-backports`;
  const archive = ownArchive(codename);
  const wanted = Number(os.VERSION_ID) === 12 ? [backports] : [undefined, backports];
  return { first: wanted[0], suites: wanted.filter((suite) => suite === undefined || archive !== undefined), archive };
}

/** What to run by hand, when this script may not or cannot. */
function advice(os, plan) {
  const lines = ['no WebGPU adapter: this machine has no Vulkan driver that Dawn (the WebGPU library) accepts.'];
  if (process.platform !== 'linux') {
    lines.push(
      process.platform === 'darwin'
        ? 'macOS brings Metal, so none is missing: most likely this is a virtual machine without a GPU.'
        : 'Update the graphics driver (Direct3D 12 or Vulkan), or run in WSL with Ubuntu 24.04 or newer.',
    );
    return lines.join('\n');
  }
  const install = `apt-get install -y --no-install-recommends`;
  if (plan !== undefined) {
    lines.push("Mesa's software driver computes on the CPU. To install it, as root:");
    if (plan.first === undefined) lines.push(`  sudo apt-get update`, `  sudo ${install} ${PACKAGES.join(' ')}`);
    else lines.push(...backportsRecipe(plan.first, plan.archive, install));
    if (plan.suites.length > 0)
      lines.push(
        "or let this script do so, which leaves apt's list of sources as it is:",
        `  sudo "${process.execPath}" scripts/setup.mjs`,
      );
  } else {
    const family = `${os.ID ?? ''} ${os.ID_LIKE ?? ''}`;
    const command = [
      [/fedora|rhel/, 'dnf install vulkan-loader mesa-vulkan-drivers'],
      [/arch/, 'pacman -S vulkan-icd-loader vulkan-swrast'],
      [/suse/, 'zypper install libvulkan1 libvulkan_lvp'],
    ].find(([pattern]) => pattern.test(family))?.[1];
    lines.push(
      command
        ? `Mesa's software driver computes on the CPU. To install it:\n  sudo ${command}`
        : "Install the Vulkan loader and Mesa's software driver (lavapipe, Mesa 24 or newer).",
    );
  }
  lines.push(OWN_GPU);
  return lines.join('\n');
}

/**
 * Commands that add Debian's backports, from the mirror that the machine uses already, and install the driver from
 * there.
 */
function backportsRecipe(backports, archive, install) {
  const mirror = archive?.uris[0] ?? '<the address of your Debian mirror>';
  const { ending, text } = archive?.file(backports) ?? { ending: 'list', text: `deb ${mirror} ${backports} main\n` };
  return [
    `  MIRROR='${mirror}'`,
    `  sudo tee /etc/apt/sources.list.d/${backports}.${ending} <<END\n${text.replaceAll(mirror, '$MIRROR')}END`,
    '  sudo apt-get update',
    `  sudo ${install} -t ${backports} ${PACKAGES.join(' ')}`,
  ];
}
