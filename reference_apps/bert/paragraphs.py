"""Holds the paragraphs and questions of the synthetic data set."""

from __future__ import annotations

from typing import NamedTuple


class Paragraph(NamedTuple):
    """An article of the data set, which is one paragraph, and questions about it."""

    title: str
    text: str
    questions: tuple[str, ...]


PARAGRAPHS = (
    Paragraph(
        "Lighthouse",
        """A lighthouse tells ships where they are. The Pharos of Alexandria, built in the third
        century before Christ, was more than one hundred metres high and stood until earthquakes
        ruined it. The first lens of the kind that Augustin-Jean Fresnel invented was lit in
        1823 at Cordouan, in the mouth of the Gironde. It is cut into rings, so that it is much
        thinner than an ordinary lens as strong. Each light has a rhythm of its own, called its
        character, by which sailors know it at night.""",
        (
            "How high was the Pharos of Alexandria?",
            "Who invented the lens that is cut into rings?",
            "Where was the first lens of this kind lit?",
            "What is the rhythm of a light called?",
        ),
    ),
    Paragraph(
        "Café",
        """The Café Procope, in the Rue de l'Ancienne-Comédie in Paris, was opened in 1686 by
        Francesco Procopio dei Coltelli, a cook from Sicily. Voltaire is said to have drunk
        forty cups a day there, coffee mixed with chocolate. Later guests were Benjamin
        Franklin, Robespierre and Honoré de Balzac. Coffee itself had come to Marseille from the
        Ottoman Empire about 1644, and to Vienna, it is told, in sacks that the army of Kara
        Mustafa left behind in 1683.""",
        (
            "Who opened the Café Procope?",
            "What did Voltaire mix with his coffee?",
            "When did coffee come to Marseille?",
            "What did the army of Kara Mustafa leave behind?",
        ),
    ),
    Paragraph(
        "Chess",
        """Chess came from India, where it was called chaturanga, by way of Persia to the Arabs,
        and from them to Spain and Sicily. The queen, once a weak counsellor who moved one
        square at a time, became the strongest piece at the end of the 15th century. In 1997 the
        computer Deep Blue, made by IBM, won a match of six games against the champion, Garry
        Kasparov, by 3.5 to 2.5 points. Claude Shannon reckoned in 1950 that there are at least
        10^120 games.""",
        (
            "What was chess called in India?",
            "When did the queen become the strongest piece?",
            "Whom did Deep Blue win against?",
            "How many games are there at least, as Shannon reckoned?",
        ),
    ),
    Paragraph(
        "Salt",
        """Salt was won at Hallstatt in Austria more than three thousand years ago; the oldest
        wooden staircase known in Europe, of the year 1343 before Christ, lies in its mine.
        Cities such as Salzburg and Halle are named after it. In Venice the trade in salt
        brought more than that in spices, and in France a tax on it, the gabelle, was hated so
        much that it was abolished in 1790, only to be brought back by Napoleon. In March 1930
        Mahatma Gandhi walked 387 kilometres to Dandi, to make salt from the sea against the law
        of the British.""",
        (
            "Where does the oldest wooden staircase of Europe lie?",
            "Which cities are named after salt?",
            "What was the tax on salt in France called?",
            "How far did Gandhi walk to Dandi?",
        ),
    ),
    Paragraph(
        "Danube",
        """The Danube rises in the Black Forest of Germany, where two small streams, the Brigach
        and the Breg, meet at Donaueschingen. From there it flows for about 2,850 kilometres to
        the Black Sea, which makes it the second longest river in Europe after the Volga. No
        other river in the world touches as many countries: it passes through or along ten of
        them, and four capitals (Vienna, Bratislava, Budapest and Belgrade) stand on its banks.
        For centuries it was the northern border of the Roman Empire. The river can be used by
        ships from Ulm down to the sea. Since 1992 a canal has joined it to the Main, and so to
        the Rhine: a barge can travel from Rotterdam on the North Sea to Sulina on the Black Sea
        without unloading. The watershed lies in the Franconian Alb, 406 metres above sea level,
        and sixteen locks lift ships up to it and let them down again. Between Serbia and
        Romania the river breaks through the Carpathian Mountains in a gorge known as the Iron
        Gates. Two dams were built there by Yugoslavia and Romania; the first was finished in
        1972 and raised the water by some 35 metres. The island of Ada Kaleh, whose people were
        mostly Turkish, went under, and its inhabitants were moved elsewhere. The dams also
        stopped the great sturgeons on their way up the river to spawn. At its end the Danube
        divides into three main branches, Chilia, Sulina and Saint George, and forms a delta of
        more than 4,000 square kilometres. Most of it lies in Romania, a smaller part in
        Ukraine. More than three hundred species of birds have been seen in its reeds, among
        them the white pelican and the pygmy cormorant. The delta grows: each year the river
        carries tens of millions of tonnes of mud and sand to the coast, although since the dams
        were built it has been much less than before. The delta was added to the World Heritage
        List of UNESCO in 1991.""",
        (
            "Where do the Brigach and the Breg meet?",
            "Which river of Europe is longer than the Danube?",
            "How many capitals stand on the banks of the Danube?",
            "Since when has a canal joined the Danube to the Main?",
            "How many locks lift ships up to the watershed?",
            "What is the gorge between Serbia and Romania known as?",
            "Which island went under when the dam was finished?",
            "What are the three main branches of the delta?",
            "When was the delta added to the World Heritage List?",
        ),
    ),
    Paragraph(
        "Bread",
        """Bread is made from flour, water and, most often, a leaven that fills the dough with gas.
        When flour of wheat is mixed with water, two of its proteins, gliadin and glutenin, join
        to form gluten, an elastic net that holds the bubbles. Kneading makes the net stronger.
        Yeast lives on sugars that enzymes set free from the starch, and gives off carbon
        dioxide and alcohol; the alcohol is driven out in the oven. In a sourdough, wild yeasts
        live together with lactic bacteria, whose acids make the crumb of rye bread firm and
        keep mould away for some days. Rye has little gluten, so loaves of rye are denser than
        those of wheat. In the heat of the oven the gas expands and the loaf rises quickly for a
        few minutes, which bakers call oven spring. At about 60 degrees Celsius the yeast dies
        and the starch begins to swell and set. The crust becomes brown above 140 degrees, when
        amino acids and sugars react with each other; this reaction is named after the French
        chemist Louis-Camille Maillard, who described it in 1912. Steam in the first minutes
        keeps the surface soft, so that the loaf can grow before the crust is hard. Bread that
        has cooled begins to go stale: the starch crystallises again and pushes water out. This
        happens fastest a little above the freezing point, which is why bread should not be kept
        in a refrigerator, while in a freezer it keeps for weeks. Flat breads are older than
        leavened ones. Crumbs found at a hearth in the Black Desert of Jordan were baked by
        hunters about 14,400 years ago, some four thousand years before anyone grew wheat.
        Leavened bread is known from Egypt, where bakers kept back some dough of one day to
        start that of the next. In the year 1961 a laboratory in Chorleywood, north-west of
        London, found a way to make bread from weaker flour in far less time, with hard mixing,
        more yeast and a little fat. Most of the bread that is sold in Britain has been made
        like that ever since.""",
        (
            "Which two proteins join to form gluten?",
            "What does kneading do to the net?",
            "What do bakers call the quick rise in the oven?",
            "At what temperature does the yeast die?",
            "After whom is the browning reaction named?",
            "Why should bread not be kept in a refrigerator?",
            "When were the crumbs of the Black Desert baked?",
            "Where was a way found to make bread from weaker flour?",
        ),
    ),
)
