// Package engine is what the product is about: programs, members, staff, sales and points, as use cases on [Engine].
//
// The engine does no I/O but through [Store] and [Codes]. Time, ids and randomness come from [Config]. Every call that
// changes value takes an idempotency key: the same key with the same input answers the same, for ever; with another
// input it fails with [KindConflict]. Packages below hold the pure parts: money, ledger, rules and cardcode.
//
// Words are those of the design's glossary: a program is one brand's rules, a member a person in it, a sale a check, an
// earn an accrual, a burn a redemption of points.
package engine
