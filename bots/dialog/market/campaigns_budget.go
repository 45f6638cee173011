package market

import (
	"context"
	"strconv"
	"strings"
	"unicode"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine"
	"kartka/locales"
)

// stepBudget waits for the number of gifts that a campaign may give; the session keeps which.
const stepBudget = "budget"

// askBudget asks how many gifts a campaign gives at most.
func askBudget(v talk.View, id string, about bots.Rich) talk.Output {
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output {
		plan := c.Campaign.Plan
		if plan.Gift == nil || !c.Campaign.State.Open() || c.Campaign.State == engine.CampaignDraft {
			return c.page(v, about)
		}
		text := v.Rich("campaigns.budget.text", locales.Args{"Given": c.Gifts, "Budget": plan.Budget, "Left": c.Waiting})
		return v.SayAnd(talk.In(Flow, stepBudget, id), v.Screen(talk.Paragraphs(about, text), back(v, actCampaign, id)))
	})
}

// budgetTyped reads the number.
func budgetTyped(v talk.View, text string) talk.Output {
	id := talk.Data[string](v.Session, Flow)
	n, ok := wholeTyped(text)
	if !ok {
		return askBudget(v, id, v.Rich("campaigns.budget.bad", locales.Args{"Example": 500}))
	}
	return withCampaign(v, id, func(v talk.View, c campaignView) talk.Output {
		if n > 0 && n <= c.Gifts {
			return askBudget(v, id, v.Rich("campaigns.budget.low", locales.Args{"Given": c.Gifts}))
		}
		program, staff := v.Program.ID, v.Staff.ID
		return turned(v, id, v.Rich("campaigns.budget.done"), "", func(ctx context.Context, e *engine.Engine) error {
			_, err := e.RaiseBudget(ctx, program, id, staff, n)
			return err
		})
	})
}

// mostGifts is more gifts than any program has members.
const mostGifts = 1_000_000_000

// wholeTyped reads a whole number as people write it: "1500", "1 500", "1,500" or "1.500".
func wholeTyped(text string) (int, bool) {
	groups := strings.FieldsFunc(strings.TrimSpace(text), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",.'’", r) })
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return 0, false
		}
	}
	digits := strings.Join(groups, "")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n <= mostGifts
}
