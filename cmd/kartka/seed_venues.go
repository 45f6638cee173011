package main

import (
	_ "embed"
	"fmt"
	"time"

	"kartka/engine/rules"
)

// The rules of the demo's shops, as an owner could have written them.
var (
	//go:embed seed_cafe.json
	cafeRules []byte
	//go:embed seed_barbershop.json
	barbershopRules []byte
)

// How long the café's newest promotions have been on, in days before the demo and after it.
const (
	sweetWeeksAgo, sweetWeeksLeft = 5, 9
	missingSince                  = 14
)

// demoVenues are the demo's shops: a café in Kyiv with one of each mechanic, and a barbershop in Almaty with an accumulative discount card.
func demoVenues(now time.Time) ([]venue, error) {
	cafe, err := cafe(now)
	if err != nil {
		return nil, fmt.Errorf("read the rules of the café: %w", err)
	}
	barbershop, err := barbershop()
	if err != nil {
		return nil, fmt.Errorf("read the rules of the barbershop: %w", err)
	}
	return []venue{cafe, barbershop}, nil
}

func cafe(now time.Time) (venue, error) {
	s, err := rules.ParseSettings(cafeRules)
	if err != nil {
		return venue{}, err
	}
	today := rules.DateOf(now, s.Zone)
	if r := s.Rule("dessert-weeks"); r != nil {
		r.From, r.To = today.Add(-sweetWeeksAgo), today.Add(sweetWeeksLeft)
	}
	if r := s.Rule("we-miss-you"); r != nil {
		r.From = today.Add(-missingSince)
	}
	return venue{
		slug: "kava", settings: s, tells: true,
		places: []string{"Кава на розі, Ярославів Вал 14", "Кава на розі, Поділ"}, baristas: []string{"Марко", "Софія", "Данило", "Яна"},
		members: 1500, days: 183, visits: [2]float64{5, 12}, items: [2]int{1, 3}, open: [2]int{5, 18}, prefix: "+380670",
		language: []string{"uk", "uk", "uk", "uk", "uk", "ru", "en"},
		names: []string{"Олена", "Андрій", "Ірина", "Богдан", "Оксана", "Тарас", "Наталія", "Максим", "Катерина", "Юрій", "Ганна", "Остап", "Вікторія",
			"Роман", "Людмила", "Назар", "Дарина", "Ігор", "Злата", "Павло", "Соломія", "Микола", "Маргарита", "Левко", "Аліна", "Дмитро"},
		menu: []goods{{"Еспресо", "кава", 5500}, {"Американо", "кава", 6000}, {"Капучино", "кава", 7500}, {"Капучино", "кава", 7500}, {"Лате", "кава", 8500},
			{"Флет вайт", "кава", 9000}, {"Раф", "кава", 9500}, {"Чай трав’яний", "чай", 6500}, {"Круасан", "випічка", 7000}, {"Круасан", "випічка", 7000},
			{"Круасан з мигдалем", "випічка", 9500}, {"Чізкейк", "десерти", 12000}, {"Сирники", "сніданки", 16500}, {"Тост з авокадо", "сніданки", 18500},
			{"Лимонад", "холодне", 8000}, {"Пиво крафтове", "пиво", 11000}},
		said: [rules.MostStars][]string{
			{"Чекав пів години й пішов без кави.", "Бариста нагрубив, більше не прийду."},
			{"Кава холодна, а сирники пересмажені.", "Дуже довго, хоча черги не було.", "Переплутали замовлення, і ніхто не вибачився."},
			{"Смачно, але гучна музика.", "Столики липкі, хоча кава добра.", "Раніше круасани були свіжіші."},
			{"Усе добре, бракує лише рослинного молока.", "Смачно, але вранці тіснувато.", "Гарна кава, трохи задорого."},
			{"Найкращий флет вайт на Ярвалу!", "Дякую Софії за усмішку зранку ☀️", "Сирники як у бабусі.", "Затишно, швидко, смачно.", "Прийшли з собакою — їй теж налили води 🐶"},
		},
	}, nil
}

func barbershop() (venue, error) {
	s, err := rules.ParseSettings(barbershopRules)
	if err != nil {
		return venue{}, err
	}
	return venue{
		slug: "murt", settings: s,
		places: []string{"Мұрт барбершопы, Абай даңғылы"}, baristas: []string{"Ерлан", "Айдос"},
		members: 500, days: 183, visits: [2]float64{24, 10}, items: [2]int{1, 2}, open: [2]int{5, 15}, prefix: "+770100",
		language: []string{"kk", "kk", "kk", "ru", "ru"},
		names: []string{"Арман", "Бекзат", "Дәурен", "Ержан", "Жандос", "Қайрат", "Мирас", "Нұрлан", "Олжас", "Санжар", "Тимур", "Шыңғыс", "Әлішер",
			"Ғалым", "Өркен", "Иван", "Сергей", "Данияр", "Рустам", "Асқар"},
		menu: []goods{{"Шаш қию", "шаш", 600000}, {"Сақал түзету", "сақал", 400000}, {"Шаш және сақал", "шаш", 900000}, {"Балаға шаш қию", "шаш", 450000}, {"Ұстарамен қырыну", "сақал", 500000}},
		said: [rules.MostStars][]string{
			{"Записался на 15:00, приняли в 16:10."},
			{"Шашымды тым қысқа қиып тастады.", "Машинка дёргает, было больно."},
			{"Нормально, но администратор всё время в телефоне.", "Жақсы, бірақ ұзақ күттім."},
			{"Бәрі ұнады, тек тұрақ жоқ.", "Стрижка отличная, кофе так себе."},
			{"Ерлан — өз ісінің шебері! Рақмет!", "Лучший барбершоп на Абая.", "Балама да ұнады 👍", "Айдосқа рақмет, сақалым тамаша.", "Быстро и аккуратно, приду ещё."},
		},
	}, nil
}
