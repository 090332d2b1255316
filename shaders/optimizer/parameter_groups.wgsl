// The group of each 64 elements of the flat memory (parameters start on multiples of 64); the kernels declare group_of.
// Rates and steps of groups: optimizer/parameter_rates.wgsl.
const ELSEWHERE = 0xffffffffu; // moved by another kernel

fn group_at(i: u32) -> u32 {
  if (GROUPED) {
    return group_of[i / 16];
  }
  return 0;
}

// (lr, weight decay) of the i-th vec4.
fn rates(i: u32, weight_decay: f32) -> vec2f {
  return rates_of(group_at(i), weight_decay);
}
