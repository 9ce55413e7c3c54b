//! Things in an order in which each comes after what it needs.

/// The positions in an order that works, as close to the given order as that allows.
///
/// `needs` has, for each thing, the positions of what must come before it. A cycle is broken where the
/// walk from its first member returns to it; a need of itself is ignored.
pub(super) fn order(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(needs.len());
    let mut seen = vec![false; needs.len()];
    let mut path: Vec<(usize, usize)> = Vec::new();
    for start in 0..needs.len() {
        if !std::mem::replace(&mut seen[start], true) {
            path.push((start, 0));
        }
        while let Some((at, next)) = path.last_mut() {
            if let Some(need) = needs[*at].get(*next) {
                *next += 1;
                let need = *need;
                if !std::mem::replace(&mut seen[need], true) {
                    path.push((need, 0));
                }
            } else {
                order.push(*at);
                path.pop();
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_come_first_and_all_else_stays_in_order() {
        assert_eq!(order(&[vec![2], vec![], vec![1], vec![]]), [1, 2, 0, 3]);
    }

    #[test]
    fn cycles_are_broken_at_their_first_member() {
        assert_eq!(order(&[vec![1], vec![2], vec![0], vec![3, 0]]), [2, 1, 0, 3]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let needs: Vec<_> =
            (0..100_000).map(|at| if at + 1 < 100_000 { vec![at + 1] } else { vec![] }).collect();
        assert_eq!(order(&needs)[0], 99_999);
    }
}
