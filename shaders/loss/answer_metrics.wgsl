// totals += (sum of losses, number of answers that are the label, number of answers), for answer, label and loss (N):
// what loss/classification_metrics.wgsl adds up, where the largest logit of each row is known already. One workgroup:
// its 64 threads take rows in turn and add up pairwise.
struct Params {
  N: u32,
}
@group(0) @binding(0) var<storage, read> answer: array<u32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> totals: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const THREADS = 64u;
var<workgroup> partial: array<vec2f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f();
  for (var n = lane; n < params.N; n += THREADS) {
    sum += vec2f(loss[n], select(0.0, 1.0, answer[n] == label[n]));
  }
  partial[lane] = sum;
  for (var width = THREADS / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      partial[lane] += partial[lane + width];
    }
  }
  if (lane == 0) {
    totals[0] += partial[0].x;
    totals[1] += partial[0].y;
    totals[2] += f32(params.N);
  }
}
