// y[b, c, Y, X] = (byte[c, TOP + Y, LEFT + X] / 255 - mean[c]) / std[c] of image order[cursor + b], and label[b] = its
// label. The bytes are the data set on the GPU, packed; or (STAGED) those of this batch only, in its order. `order` is
// the epoch's shuffled list of image numbers, and `cursor` says how far the epoch has come (both in GPU memory, so that
// a recorded step can be replayed). A network sees the window of OUT_HEIGHT x OUT_WIDTH at (TOP, LEFT). A thread makes
// one element of y, a workgroup 64; where rows and LEFT are multiples of four, a thread makes the four elements of a
// word (V specialised to vec4f, STEP to 4). The sizes are constants of the pipeline: a thread divides by each, and a
// division by a constant is a multiplication.
struct Params {
  count: u32, // elements V of y bound here
  first: u32, // number of the first sample bound here
}
@group(0) @binding(0) var<storage, read> images: array<u32>; // four bytes a word, the first in the lowest bits
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read> cursor: array<u32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec2f>; // mean and 1 / std of each channel
@group(0) @binding(5) var<storage, read_write> y: array<V>;
@group(0) @binding(6) var<storage, read_write> label: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

alias V = f32;
const STEP = 1u; // elements of a V

fn unpack(word: u32, at: u32) -> V { return f32((word >> (8 * at)) & 0xffu); }

override CHANNELS: u32 = 3;
override HEIGHT: u32 = 8;
override WIDTH: u32 = 8;
override OUT_HEIGHT: u32 = 8;
override OUT_WIDTH: u32 = 8;
override TOP: u32 = 0;
override LEFT: u32 = 0;
override STAGED: bool = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let X = STEP * (i % (OUT_WIDTH / STEP));
  let row = i / (OUT_WIDTH / STEP);
  let Y = row % OUT_HEIGHT;
  let plane = row / OUT_HEIGHT;
  let c = plane % CHANNELS;
  let b = params.first + plane / CHANNELS;
  let image = order[cursor[0] + b];
  let source = select(image, b, STAGED);
  let byte_index = ((source * CHANNELS + c) * HEIGHT + TOP + Y) * WIDTH + LEFT + X;
  let s = statistics[c];
  y[i] = (unpack(images[byte_index / 4], byte_index % 4) / 255 - s.x) * s.y;
  if (c == 0 && Y == 0 && X == 0) {
    label[b] = labels[image];
  }
}
