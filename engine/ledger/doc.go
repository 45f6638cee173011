// Package ledger plans every movement of points. Its functions are pure: they take an [Account] as it stands and an
// instant, and return a [Plan] of moves that the store writes as entries.
//
// The laws they keep, each with a property test:
//
//   - Balance = Σ remaining of lots − debt = Σ entries.
//   - Each move has a member's side and a [Contra] side of the opposite sign, so a program's accounts sum to zero.
//   - No lot goes below zero; debt appears only when a return takes back what is spent and the program allows it.
//   - Points are spent soonest-expiring first; ties go to what was earned earlier, then to the lower id.
//   - Points that come back go to the lots they came from.
//   - Points that go over to another account keep their end, and the two sides of it sum to zero.
package ledger
