// Package rules turns a program's settings and a sale into effects with reasons. [Evaluate] is pure and
// deterministic: a quote, a posting, a backtest and a test all call it.
//
// # How a sale is judged
//
// A sale goes through these stages, and this is the one policy for mechanics that meet. A stage is a file or two of its own.
//
//  0. Check: at most [MaxLines] lines, nothing negative, at most [MaxTotal].
//  1. Goods: a line belongs to a [Category] when the till says so or by its SKU; the category's exclusions add to the line's own.
//  2. Match: rules about sales, activated coupons and stamp cards, each with its condition and its limits. The check's size is that of
//     its lines before any discount; the clock is that of the place.
//  3. Base discount: every line gets the best single one of the program's, the tier's and the rules' that hold.
//  4. Promotional discounts, each on what is left of its lines: stamped units, sums off, bundles, free units, coupons.
//     [Discount].MaxShare cuts the last of them.
//  5. Points pay, at most the share that each line allows: its category's, else the tier's, else the program's.
//  6. Certificates pay. They are a tender: points are earned on what they pay.
//  7. Points are earned. Every line has the best single base rate of the program's, the tier's and the rules'; then further rates are added; then
//     multipliers multiply, the best single one of a line or the product of those that stack; then come fixed points. The sum
//     of all rates is rounded once, split over its parts, and the parts over lines, always by largest remainder. Then limits of
//     rules cut their own part, and the program's caps the whole, from the last part backwards.
//  8. Stamps are counted, and gifts for full rounds are given.
//  9. Rules that give coupons give them.
//  10. Counters: what limits are held against the next time.
//  11. Effects: what was applied, what was not and why, and what the guest could do.
//
// Promotions come in the order of their priority, the higher first; of equal ones first stamp cards, then rules as written, then coupons,
// those that end soonest first. Otherwise the order of writing does not matter. An exclusive promotion that comes to something suffers no other of
// its stage, discounts or points; base rules and the gifts of stamp cards are not promotions. A coupon that stands alone comes
// before all that: no discount, no promotion, no stamps beside it, and its check earns nothing but what the coupon itself gives and the welcome gift.
//
// A budget with less left than a benefit gives what is left. The parts of every total add up to it, line by line, so that a return can
// be computed from the lines alone.
//
// An effect whose state is [Applied] carries what was given after all limits, and the numbers of its reason are those before them;
// a limit that took something tells so by an effect of its own, [Skipped].
package rules
