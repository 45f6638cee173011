// Package campaign is what a shop sends to many: what is said to whom, when it may arrive, who is left out on purpose, and what it earned.
//
// A [Plan] is all that a marketer decides about a broadcast; [Plan.Check] says what is wrong with it before anybody is written to. A text with
// placeholders is a [Template]. [Quiet] and [At] are about the clock on somebody's wall, [Held] and [VariantOf] draw lots that never change, and
// [Compare] tells from two [Group]s what a campaign brought.
//
// The package is pure: the instant, the program and what is known of a member come as arguments, and the lots are drawn from ids alone, so that any
// instance at any time draws the same.
package campaign
