// y[b, c, p] = (byte / 255 - mean[c]) / std[c] of image order[cursor + b], and label[b] = its label.
// The data set stays on the GPU as packed bytes; `order` is the epoch's shuffled list of image numbers, and `cursor` says how far the
// epoch has come (both in GPU memory, so that a recorded step can be replayed). A thread makes one element of y, a workgroup 64.
struct Params {
  batch: u32,
  channels: u32,
  plane: u32, // H * W
}
@group(0) @binding(0) var<storage, read> images: array<u32>; // four bytes a word, the first in the lowest bits
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> cursor: array<u32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec2f>; // mean and 1 / std of each channel
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> label: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let image_size = params.channels * params.plane;
  if (i >= params.batch * image_size) {
    return;
  }
  let b = i / image_size;
  let at = i % image_size;
  let image = order[cursor[0] + b];
  let byte_index = image * image_size + at;
  let byte = (images[byte_index / 4] >> (8 * (byte_index % 4))) & 0xffu;
  let s = statistics[at / params.plane];
  y[i] = (f32(byte) / 255 - s.x) * s.y;
  if (at == 0) {
    label[b] = labels[image];
  }
}
