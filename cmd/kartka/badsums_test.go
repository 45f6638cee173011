package main

import (
	"strings"
	"testing"

	"kartka/engine/money"
	"kartka/locales"
	"kartka/storage/storagetest"
	"kartka/words"
)

// What a cashier may type for a sum, in one line and when asked: it is understood, asked back, or refused with the reason. Only
// what is understood is recorded, and once.
func TestSums(t *testing.T) {
	m := newWorld(t).mall(storagetest.SQLite(t))
	m.add("corner", speaks(t, "Кава на розі", "UAH", "Europe/Kyiv", allLanguages()...))
	m.run()
	m.eachLanguage(t, "corner", func(s *scene) {
		c := &cast{scene: s, cashier: s.cashier(), guest: s.guest()}
		c.goodSums()
		c.badSums()
		c.ambiguousSums()
		c.noSum()
	})
	m.spoken(t)
	m.readable()
	m.balanced("corner")
}

func (c *cast) goodSums() {
	for _, sum := range []struct {
		typed string
		total money.Amount
		earns money.Points
	}{
		{"120,50", 12050, 6}, {"120.50", 12050, 6}, {"1 200.5", 120050, 60}, {"1'200,5", 120050, 60}, {"1,200.50", 120050, 60}, {"1.200,50", 120050, 60},
		{"1\u00a0200,5", 120050, 60}, {"000120", 12000, 6}, {"100000", 10_000_000, 5000},
	} {
		made := c.says("staff.receipt.earned", locales.Args{"Name": c.guest.member.Name, "Earned": c.points(sum.earns)})
		p := c.posts(1, c.guest, "/accrue … "+sum.typed, func() {
			c.answers(c.cashier, "/accrue "+c.guest.card.number+" "+sum.typed, made, c.money(sum.total))
		})
		if p.Earned != sum.earns {
			c.t.Errorf("%q earns %d, want %d", sum.typed, p.Earned, sum.earns)
		}
		p = c.posts(1, c.guest, sum.typed, func() {
			c.answers(c.cashier, c.guest.card.number, c.says("staff.sum.ask"))
			c.answers(c.cashier, sum.typed, c.says("staff.offer.total", locales.Args{"Sum": c.money(sum.total)}))
			before := c.version(c.cashier)
			c.cashier.tap("v1|staff|add")
			c.hears(c.cashier, before, made)
		})
		if p.Earned != sum.earns {
			c.t.Errorf("%q earns %d when asked for, want %d", sum.typed, p.Earned, sum.earns)
		}
	}
}

func (c *cast) badSums() {
	long := strings.Repeat("я", 4000)
	for _, sum := range []struct{ typed, key string }{
		{"1e9", "staff.sum.not_number"}, {"١٢٣", "staff.sum.not_number"}, {"۱۲۳", "staff.sum.not_number"}, {"१२३", "staff.sum.not_number"}, {"12O", "staff.sum.not_number"},
		{"🍎🍎🍎", "staff.sum.not_number"}, {"0x1F", "staff.sum.not_number"}, {"NaN", "staff.sum.not_number"}, {"∞", "staff.sum.not_number"}, {"50%", "staff.sum.not_number"},
		{"½", "staff.sum.not_number"}, {"${sum}", "staff.sum.not_number"}, {"%d", "staff.sum.not_number"}, {"<b>5</b>", "staff.sum.not_number"}, {long, "staff.sum.not_number"},
		{"-5", "staff.sum.negative"}, {"−5", "staff.sum.negative"}, {"-0.01", "staff.sum.negative"},
		{"0", "staff.sum.nil"}, {"0,00", "staff.sum.nil"}, {"0.0", "staff.sum.nil"},
		{"5000000000,50", "staff.sum.too_large"}, {strings.Repeat("9", 40) + ".99", "staff.sum.too_large"},
		{"100000,01", "error.check_too_large"}, {"99999999", "error.check_too_large"},
		{"12.3456", "staff.sum.too_precise"}, {"0,001", "staff.sum.too_precise"},
	} {
		args := locales.Args{"Typed": words.CleanName(sum.typed, 20), "Max": c.money(c.program.Settings.Staff.MaxCheck), "Example": c.money(1205)}
		why := c.says(sum.key, args)
		c.posts(0, c.guest, sum.typed, func() {
			c.answers(c.cashier, "/accrue "+c.guest.card.number+" "+sum.typed, why, c.says("staff.sum.ask"))
			c.answers(c.cashier, sum.typed, why, c.says("staff.sum.ask"))
			c.answers(c.cashier, "/redeem "+c.guest.card.number+" "+sum.typed+" 10", why)
		})
	}
	// So many digits name a guest, not a sum.
	c.posts(0, c.guest, "4096 digits", func() {
		c.answers(c.cashier, c.guest.card.number, c.says("staff.sum.ask"))
		c.answers(c.cashier, strings.Repeat("9", 4096), c.says("error.code_unreadable"))
		c.answers(c.cashier, "/accrue "+strings.Repeat("9", 4000), c.says("error.code_unreadable"))
		c.answers(c.cashier, "12345678901", c.says("error.guest_not_found"))
	})
}

func (c *cast) ambiguousSums() {
	why := c.says("staff.sum.ambiguous", locales.Args{"Typed": "1,200"})
	for _, choice := range []struct {
		arg   string
		total money.Amount
		earns money.Points
	}{{"120000", 120000, 60}, {"120", 120, 0}} {
		p := c.posts(1, c.guest, "1,200 meant as "+choice.arg, func() {
			c.answers(c.cashier, "/accrue "+c.guest.card.number+" 1,200", why)
			before := c.version(c.cashier)
			c.cashier.tap("v1|staff|sum|" + choice.arg + "|")
			c.hears(c.cashier, before, c.says("staff.offer.total", locales.Args{"Sum": c.money(choice.total)}))
			account := c.account(c.guest)
			balance := c.points(account.Balance() + choice.earns)
			before = c.version(c.cashier)
			c.cashier.tap("v1|staff|add")
			c.hears(c.cashier, before, c.money(choice.total), c.says("staff.receipt.balance", locales.Args{"Points": balance}))
		})
		if p.Earned != choice.earns {
			c.t.Errorf("1,200 meant as %s earns %d, want %d", choice.arg, p.Earned, choice.earns)
		}
	}
}

func (c *cast) noSum() {
	c.posts(0, c.guest, "no sum at all", func() {
		c.answers(c.cashier, "/accrue", c.says("staff.who.open"))
		c.answers(c.cashier, "/accrue "+c.guest.card.number, c.says("staff.sum.ask"))
		c.answers(c.cashier, "⠀⠀", c.says("staff.sum.ask"))
		c.answers(c.cashier, "/redeem", c.says("staff.who.open"))
		c.answers(c.cashier, "/redeem "+c.guest.card.number+" 200 minus", c.says("staff.amount.bad", locales.Args{"Typed": "minus"}))
		c.answers(c.cashier, "/counter", c.says("staff.home.begin"))
	})
}
