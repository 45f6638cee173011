package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/storage/storagetest"
)

// Further deeds of the hard cases, at the till:
//
//	quote 100 [spend=40]              what a sale would do; nothing is stored
//	hold 100 spend=40 as=H            points kept aside for a check; then: sale 100 spend=40 hold=H, confirm H, or release H
//	at-once 20 sale 100 spend=100     as many tills at the same moment => won=1
//	phone +380501234567               a number that the messenger has proved
//	find +380501234567 => ANNA        whose number it is: a guest, or none
//	leave                             the guest asks to be forgotten
func (c *hardCase) actAtTill(t *testing.T, verb string, plain []string, o map[string]string, key string) (map[string]string, error) {
	t.Helper()
	ctx := context.Background()
	switch verb {
	case "quote":
		in := c.check(t, plain, o)
		q, err := c.engine.Quote(ctx, in)
		return map[string]string{"earn": c.program.Unit(q.Earn), "spent": c.program.Unit(q.Redeem), "most": c.program.Unit(q.RedeemLimit),
			"pay": c.sum(q.Payable), "discount": c.sum(q.Discount)}, err
	case "hold":
		got, err := c.engine.Reserve(ctx, engine.ReserveInput{Key: key, Sale: c.check(t, plain, o)})
		if c.holds == nil {
			c.holds = map[string]engine.Hold{}
		}
		c.holds[o["as"]] = got.Hold
		return nil, err
	case "confirm":
		posted, err := c.engine.Confirm(ctx, c.program.ID, c.holds[plain[0]].ID, c.member.ID)
		if err == nil {
			c.sales = append(c.sales, posted.SaleID)
		}
		return c.posted(posted), err
	case "release":
		return nil, c.engine.Release(ctx, c.program.ID, c.holds[plain[0]].ID)
	case "at-once":
		return c.atOnce(t, number(t, plain[0]), plain[2:], o, key)
	case "phone":
		_, err := c.engine.ChangePhone(ctx, c.program.ID, c.member.ID, plain[0], engine.ProofPlatform)
		return nil, err
	case "find":
		return c.find(ctx, plain[0])
	case "leave":
		return nil, c.engine.Erase(ctx, c.program.ID, c.member.ID)
	}
	t.Fatalf("%s:%d: unknown deed %s", c.file, c.line, verb)
	return nil, nil
}

// atOnce posts the same check at several tills at the same moment.
func (c *hardCase) atOnce(t *testing.T, tills int, plain []string, o map[string]string, key string) (map[string]string, error) {
	t.Helper()
	in := c.check(t, plain, o)
	won := 0
	for _, err := range at(tills, func(i int) error {
		_, err := c.engine.Post(context.Background(), engine.PostInput{Key: fmt.Sprint(key, "-", i), Sale: in})
		return err
	}) {
		switch {
		case err == nil:
			won++
		case !engine.IsKind(err, engine.KindInsufficient):
			return nil, err
		}
	}
	return map[string]string{"won": fmt.Sprint(won)}, nil
}

// find names the guest whom a number finds.
func (c *hardCase) find(ctx context.Context, phone string) (map[string]string, error) {
	found, err := c.engine.Identify(ctx, c.program.ID, "", phone)
	if engine.IsKind(err, engine.KindNotFound) {
		return map[string]string{"": "none"}, nil
	}
	return map[string]string{"": found.Member.Name}, err
}

// The rows of the field's tables, each of which one comment of the scripts names.
var (
	mechanicRows = []string{
		"Refund after redemption", "Partial return", "Clawback when earned points are already spent", "Negative balance + expiry",
		"Expiring lots order", "Balance collapse", "Moment of expiry", "Daily job order", "Rounding", "Currency minor units",
		"Max % by points", "Points on the paid part only", "Discount mode check", "Excluded goods", "Several rules match",
		"Tier downgrade", "Tier-raising purchase", "Duplicate accounts merged", "Phone change", "Backdated transaction",
		"Cancelled cheque", "Two tills at once", "Retry", "Offline till", "Points on gift-card purchase", "Birthday window & abuse",
		"Referral fraud", "Welcome bonus farming", "Transfer of points", "Deletion on request",
	}
	tillRows = 34
)

var (
	mechanicRow = regexp.MustCompile(`^# mechanics: (.+)$`)
	tillRow     = regexp.MustCompile(`^# tills (\d+): .+$`)
)

// Every row of the tables is named once in the scripts: by an example, or by a word on where else it is seen to.
func TestEveryRowOfTheTablesIsNamed(t *testing.T) {
	files, err := filepath.Glob("testdata/hardcases/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if row := mechanicRow.FindStringSubmatch(line); row != nil {
				named[row[1]]++
				if !slices.Contains(mechanicRows, row[1]) {
					t.Errorf("%s: no row %q", file, row[1])
				}
			}
			if row := tillRow.FindStringSubmatch(line); row != nil {
				named["tills "+row[1]]++
				if n, err := strconv.Atoi(row[1]); err != nil || n < 1 || n > tillRows {
					t.Errorf("%s: no row %s", file, row[1])
				}
			}
		}
	}
	rows := slices.Clone(mechanicRows)
	for n := range tillRows {
		rows = append(rows, fmt.Sprint("tills ", n+1))
	}
	for _, row := range rows {
		if named[row] != 1 {
			t.Errorf("row %q is named %d times", row, named[row])
		}
	}
}

// What a cashier may not do at once the cashier may not leave to be done later either.
func TestCashiersCorrectNothing(t *testing.T) {
	w := newWorld(t, storagetest.SQLite(t))
	p := w.newProgram(t, w.draft(t))
	w.attach(t, p)
	cashier, _ := w.hire(t, p, "7", engine.RoleCashier)
	manager, _ := w.hire(t, p, "8", engine.RoleManager)
	ctx, m := t.Context(), w.join(t, p, engine.JoinInput{})
	later := func(key, staffID string) error {
		_, _, err := w.engine.ReturnByReceipt(ctx, "", "1", "2026-03-02", "R1", engine.ReverseInput{Key: key, ProgramID: p.ID, All: true, StaffID: staffID})
		return err
	}
	wantError(t, "a return that waits", later("a", cashier.ID), "return_needs_manager")
	if err := later("b", manager.ID); err != nil {
		t.Errorf("a manager's return that waits: %v", err)
	}
	in := engine.SaleInput{ProgramID: p.ID, Sum: 50000, ReceiptNo: "R1", Till: "1", Business: "2026-03-02"}
	posted, err := w.engine.Post(ctx, engine.PostInput{Key: "sale", Sale: in})
	if err != nil || len(posted.Issues) != 1 || posted.Issues[0].ID != "orphan_applied" {
		t.Errorf("the check it waited for: %+v, %v", posted.Issues, err)
	}
	answer, waiting, err := w.engine.ReturnByReceipt(ctx, "", "1", "2026-03-02", "R1", engine.ReverseInput{Key: "b", ProgramID: p.ID, All: true, StaffID: manager.ID})
	if err != nil || waiting || !answer.Replayed || answer.CashBack != 50000 {
		t.Errorf("the same return again: %+v, %v, %v", answer, waiting, err)
	}
	in.ReceiptNo = "R2"
	if posted, err = w.engine.Post(ctx, engine.PostInput{Key: "other", Sale: in}); err != nil {
		t.Fatal(err)
	}
	in.Sum, in.MemberID = 9000000, m.ID
	_, err = w.engine.Revise(ctx, engine.ReviseInput{Key: "more", ProgramID: p.ID, SaleID: posted.SaleID, Sale: in, StaffID: cashier.ID})
	wantError(t, "a larger check", err, "return_needs_manager")
	if _, err = w.engine.AttachMember(ctx, "card", p.ID, posted.SaleID, m.ID, cashier.ID); err != nil {
		t.Errorf("a card put to a check: %v", err)
	}
	w.verify(t, p)
}
