// What backward knows of a score: p, made again, and delta.
fn place_of_query(pair: u32, row: u32, column: u32) -> u32 {
  return pair * queries() + min(select(row, column, OF_KEYS), queries() - 1);
}

fn p_of(product: f32, pair: u32, row: u32, column: u32) -> f32 {
  return exp_of(score_of(product, pair, row, column) - log_sums[place_of_query(pair, row, column)]);
}

fn delta_of(pair: u32, row: u32, column: u32) -> f32 {
  return deltas[place_of_query(pair, row, column)];
}
