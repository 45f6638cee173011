// Package words says things of the engine in a person's language: points, money and days, why a sale did what it did, under which terms
// a thing of the shop is had, what went wrong. It has one saying for each, so that a chat, a till and a page never tell the same thing
// in two ways.
//
// It is pure and knows neither messengers nor pages. A plain text is a string; one with markup, whose arguments are escaped, is a
// [locales.Safe].
package words
