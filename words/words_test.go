package words_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// refusals is every refusal of the engine with the arguments it gives.
func refusals() []*engine.Error {
	var all []*engine.Error
	for _, id := range strings.Fields(`not_found taken changed_meanwhile state_invalid text_invalid key_missing key_reused program_not_active
		settings_invalid settings_changed unit_fixed location_name zone_unknown not_staff not_allowed own_card invite_unknown invite_over
		invite_for_owner note_missing points_zero guest_not_found member_not_found card_blocked card_paused code_unknown code_unreadable code_mistyped
		code_old code_foreign too_many_codes too_many_lookups sum_invalid sum_zero sum_too_large sale_invalid reserve_invalid hold_over
		hold_not_found already_returned return_nothing return_needs_manager undo_not_yours name_invalid phone_invalid phone_taken`) {
		all = append(all, &engine.Error{ID: id})
	}
	with := func(id string, args map[string]any) { all = append(all, &engine.Error{ID: id, Args: args}) }
	with("slug_invalid", map[string]any{"Slug": "Кава!"})
	with("staff_daily_limit", map[string]any{"Max": 500})
	with("card_daily_limit", map[string]any{"Max": 5})
	with("check_too_large", map[string]any{"Max": money.Amount(120050)})
	with("adjust_limit", map[string]any{"Limit": money.Points(35)})
	with("not_enough_points", map[string]any{"Points": money.Points(35), "Available": money.Points(21), "Limit": money.Points(5)})
	with("over_limit", map[string]any{"Points": money.Points(35), "Limit": money.Points(5)})
	with("receipt_reused", map[string]any{"Receipt": "Z-17"})
	with("return_exceeds", map[string]any{"Left": money.Amount(120050)})
	with("return_line_unknown", map[string]any{"No": 3})
	with("undo_too_late", map[string]any{"Minutes": 5})
	return all
}

// Every refusal has words in every language: those of its key, with its numbers as the program writes them.
func TestProblem(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		written := map[string]string{
			"120050": w.Money(120050), "35": w.Points(35), "21": w.Points(21), "5": w.Points(5),
		}
		for _, e := range refusals() {
			got := w.Problem(fmt.Errorf("post sale: %w", e))
			if !w.P.Has("error." + e.ID) {
				t.Errorf("%s: no words for %s", l, e.ID)
			}
			if got == w.T("error.internal") || strings.Contains(got, "[") || strings.Contains(got, "%!") || strings.Contains(got, "{{") || len([]rune(got)) > 200 {
				t.Errorf("%s: %s is told as %q", l, e.ID, got)
			}
			for name, value := range e.Args {
				want := fmt.Sprint(value)
				switch value.(type) {
				case money.Amount, money.Points:
					want = written[want]
				}
				if want == "" || !strings.Contains(got, want) {
					t.Errorf("%s: %s does not tell %s as %q: %q", l, e.ID, name, want, got)
				}
			}
		}
	})
}

func TestProblemsWithoutWordsAreASlipOfOurs(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		want := w.T("error.internal")
		for _, err := range []error{nil, errors.New("disk is full at /var/lib/kartka"), &engine.Error{ID: "no_such_thing"}, &engine.Error{}, &engine.Error{ID: "not_found.btn"}} {
			if got := w.Problem(err); got != want {
				t.Errorf("%s: %v is told as %q", l, err, got)
			}
		}
	})
}

// The numbers of an issue are the same before and after they have been through JSON in a session.
func TestIssue(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		w.Program.Settings.Unit.Decimals = 2
		for _, points := range []any{money.Points(3550), float64(3550)} {
			got := w.Issue(engine.Issue{ID: "redemption_overdraft", Args: map[string]any{"Points": points}})
			if want := w.T("issue.redemption_overdraft", locales.Args{"Points": w.Points(3550)}); got != want {
				t.Errorf("%s: %T is told as %q, want %q", l, points, got, want)
			}
		}
		for _, id := range []string{"duplicate_receipt", "reservation_late"} {
			if got := w.Issue(engine.Issue{ID: id}); got != w.T("issue."+id) || !w.P.Has("issue."+id) {
				t.Errorf("%s: %s is told as %q", l, id, got)
			}
		}
	})
}

// reasons is every reason of a posting with the numbers it comes with.
func reasons() []rules.Reason {
	n := map[string]int64{rules.ArgBase: 70000, rules.ArgRate: 500, rules.ArgPoints: 35, rules.ArgMoney: 25000, rules.ArgLimit: 14000, rules.ArgDays: 90, "excluded": 12000}
	var all []rules.Reason
	for _, id := range strings.Fields(`earned earned_excluded earn_off earn_min_check earn_too_small no_card redeem_debt redeem_off redeem_min_check
		redeem_min_points redeem_limit redeemed welcome adjusted expired forfeited returned_spent returned_earned written_off`) {
		all = append(all, rules.Reason{ID: id, Args: n, Text: "за <b>помилку</b>"})
	}
	return all
}

func TestReason(t *testing.T) {
	eachLanguage(t, func(w words.Words, l locales.Language) {
		for _, r := range reasons() {
			got := string(w.Reason(r))
			if !w.P.Has("reasons."+r.ID) || strings.Contains(got, "[") || strings.Contains(got, "{{") || strings.Contains(got, "%!") || strings.Contains(got, "<b>") {
				t.Errorf("%s: %s is told as %q", l, r.ID, got)
			}
		}
		if got, want := plain(string(w.Reason(rules.Reason{ID: "earned", Args: map[string]int64{rules.ArgBase: 70000, rules.ArgRate: 500, rules.ArgPoints: 35}}))),
			plain(w.Money(70000)+" × "+w.Percent(500)+" = "+w.Points(35)); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
		if got := plain(string(w.Reason(rules.Reason{ID: "redeem_limit", Args: map[string]int64{rules.ArgBase: 70000, rules.ArgRate: 2000, rules.ArgLimit: 14000}}))); !strings.Contains(got, plain(w.Money(14000))) {
			t.Errorf("%s: the limit is no money: %q", l, got)
		}
	})
}

// Only what happened, or could not, is told; what somebody might still do is not.
func TestReasonsTellWhatHappened(t *testing.T) {
	w := speaker(t, locales.EN)
	var effects []rules.Effect
	for _, state := range []rules.State{rules.Applied, rules.Inapplicable, rules.Skipped, rules.Suggested, "later"} {
		effects = append(effects, rules.Effect{Rule: "earn", State: state, Reason: rules.Reason{ID: "earn_off"}})
	}
	if got := w.Reasons(effects); len(got) != 3 || got[0] != w.P.Rich("reasons.earn_off") {
		t.Errorf("reasons are %q", got)
	}
}
