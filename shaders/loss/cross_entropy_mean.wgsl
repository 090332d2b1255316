// mean = sum of loss / total, total = sum of counted: what loss/cross_entropy.wgsl made for each row. The gradient
// divides by the total too. One workgroup: 64 threads step through the rows side by side, then 8 of them add up 8 sums
// each, and one adds up these.
struct Params {
  rows: u32,
}
@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> counted: array<f32>;
@group(0) @binding(2) var<storage, read_write> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> total: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const THREADS = 64u;
var<workgroup> partial: array<vec2f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f();
  for (var n = lane; n < params.rows; n += THREADS) {
    sum += vec2f(loss[n], counted[n]);
  }
  for (var width = THREADS; width > 1; width /= 8) {
    partial[lane] = sum;
    workgroupBarrier();
    if (lane < width / 8) {
      sum = vec2f();
      for (var i = lane; i < width; i += width / 8) {
        sum += partial[i];
      }
    }
    workgroupBarrier();
  }
  if (lane == 0) {
    mean[0] = sum.x / sum.y;
    total[0] = sum.y;
  }
}
