// dx[n, c, iy, ix] = sum of the spans that see it: the last step of thin/backward_input.wgsl. A thread makes one
// element.
@group(0) @binding(0) var<storage, read> spans: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<E>;
@group(0) @binding(2) var<uniform> params: Params;

alias E = f32; // stored elements

struct Params {
  elements: u32,
}

const X_ROWS = (OUT_H - 1) * STRIDE_H + K_H;
const SPAN_SIZE = (SPAN + 3) / 4 * 4;
const BLOCK_STEP = 4 * STRIDE_W; // columns of x from one block to the next

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.elements) {
    return;
  }
  let row = i / IN_W % IN_H + PAD_H;
  let column = i % IN_W + PAD_W;
  let plane = i / (IN_W * IN_H);
  var sum = 0.0;
  if (row < X_ROWS) {
    let last = min(column / BLOCK_STEP, ROW_BLOCKS - 1);
    let first = (max(column + 1, SPAN) - SPAN + BLOCK_STEP - 1) / BLOCK_STEP;
    for (var b = first; b <= last; b++) {
      sum += spans[((plane * ROW_BLOCKS + b) * X_ROWS + row) * SPAN_SIZE + column - b * BLOCK_STEP];
    }
  }
  dx[i] = E(sum);
}
