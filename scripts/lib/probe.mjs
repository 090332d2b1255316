/**
 * Child process of adapter.mjs: asks Dawn for an adapter and prints one line of JSON. Apart, because a broken Vulkan
 * driver can take the whole process down.
 */
let webgpu;
try {
  webgpu = await import('webgpu');
} catch (error) {
  console.log(JSON.stringify({ loadError: error instanceof Error ? error.message : String(error) }));
  process.exit(0);
}
const gpu = webgpu.create([]);
const adapter = await gpu.requestAdapter();
const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
console.log(JSON.stringify({ adapter: adapter && { vendor, architecture, device, description, isFallbackAdapter } }));
process.exit(0);
