"""Names of people who do not exist: common first and last names from many places, joined at random."""

from __future__ import annotations

import random


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


FEMALE_NAMES = _words(
    "Abigail Adaeze Aiko Alejandra Amara Amina Anneke Aoife Ayesha Beatriz Brianna Camille Carmen "
    "Charlotte Chloe Daniela Deepika Denise Diane Elena Ewa Fatima Fiona Gabriela Grace Guadalupe "
    "Hannah Helen Ingrid Irene Jasmine Joanna Joyce Judith Kavita Keisha Kimberly Latoya Laura Leilani "
    "Linh Lucía Magdalena Margaret Marisol Mei Meredith Michelle Monique Naomi Nasrin Natalia Nora "
    "Olivia Oluwaseun Patricia Priya Rachel Renée Rosa Ruth Sabine Shanice Shirin Simone Sofía Susan "
    "Tamika Teresa Thuy Valentina Vera Wanjiru Xiomara Yasmin Yuki Zainab"
)
MALE_NAMES = _words(
    "Aaron Ahmed Alan Alejandro Andre Anthony Arjun Bartosz Benjamin Bao Brian Carlos Cedric Chidi "
    "Christopher Dang Daniel Darnell David Diego Dmitri Dwayne Eduardo Elijah Emeka Ethan Farid "
    "Fernando Francisco Gerald Giovanni Hassan Henrik Hiroshi Ian Ibrahim Isaac Jamal Javier Jerome "
    "Jesús Joaquín Jonathan José Kareem Kenji Kevin Kofi Lars Leon Liam Luis Malik Marcus Matthew "
    "Miguel Minh Nathan Nikhil Omar Oscar Patrick Pedro Quentin Rafael Rajesh Raymond Reginald Roberto "
    "Samuel Sanjay Sean Stefan Terrence Thomas Tomasz Tyrone Vikram Walter Wei Xavier Yusuf Zachary"
)
LAST_NAMES = _words(
    "Abernathy Adeyemi Aguilar Alvarado Amato Andersen Arnold Bairstow Banerjee Barrera Bauer Beaumont "
    "Bianchi Blackwood Boateng Bondarenko Brennan Calloway Cardenas Castellano Chaudhry Chen Choi "
    "Cisneros Coleman Contreras Dabrowski Delgado Desai Dhillon Dumont Eastman Echeverria Edwards "
    "Eriksen Escobar Farrow Fernandez Fitzgerald Fontaine Friedman Fujimoto Galloway Garza Gebre Gill "
    "Goldberg Grayson Guerrero Gutierrez Haddad Halloran Hargrove Hashimoto Hernandez Hollis Huang "
    "Ibarra Iqbal Ivanov Jansen Jefferson Johansson Joshi Kaminski Kapoor Karimi Kessler Khoury Kim "
    "Kovacs Kruger Lachance Lam Landry Larkin Lindqvist Lombardi Lozano Lyons Mahmoud Maldonado "
    "Marchetti Mbeki McAllister McIntyre Medina Mendoza Merriweather Mizrahi Montoya Moreau Mueller "
    "Nakamura Navarro Ndiaye Nguyen Novak Obi Okafor Oliveira Ortega Osei Pacheco Paquette Park Patel "
    "Pellegrino Petrov Pham Pruitt Quintero Ramaswamy Reyes Rinaldi Rosenthal Rourke Saavedra Saito "
    "Salazar Santoro Sawyer Schreiber Serrano Shah Silva Sinclair Sokolov Solis Sorensen Stanton Suarez "
    "Takahashi Tanner Thibodeaux Thornton Torres Tran Trujillo Underhill Valdez Vance Varga Velasquez "
    "Villanueva Wadsworth Walsh Washington Weber Whitaker Wierzbicki Winslow Wong Yamamoto Yang Yilmaz "
    "Yoon Zamora Zapata Zielinski"
)

APOSTROPHE_NAMES = ("O'Brien", "D'Angelo", "O'Shaughnessy", "D'Souza")
ACCENTED_NAMES = (
    ("José María", "Núñez"),
    ("Zoë", "Lefèvre"),
    ("Jürgen", "Größmann"),
    ("Łukasz", "Żółkiewski"),
)
PARTICLE_NAMES = ("van der Berg", "de la Cruz", "von Hagen", "da Silva Rocha")
HYPHENATED_NAMES = (("Anne-Marie", "Castellano-Webb"), ("Jean-Luc", "Moreau-Dubois"))
NICKNAMES = ("Bo", "Chip", "Dee", "Junior", "Kiki", "Lolo", "Red", "Skip", "Tiny", "Ziggy")

STREETS = _words(
    "Alder Bend;Bluebonnet Trace;Cardinal Hollow;Dry Creek Road;Elm Crossing;Fieldstone Lane;Gristmill Court;"
    "Harvest Moon Drive;Indigo Sky Way;Juniper Ridge;Kestrel Path;Limestone Ledge;Mockingbird Spur;"
    "North Quarry Street;Old Ferry Road;Pecan Orchard Avenue;Quail Run;River Stone Boulevard;Sycamore Loop;"
    "Twin Windmill Drive;Upper Meadow Lane;Vista Perdida;West Foundry Street;Yaupon Terrace",
    ";",
)
#: Places that are on no map; the postal codes are in no use.
TOWNS = (
    ("Bellhaven", "TX", "78699"),
    ("Cotter Springs", "TX", "78698"),
    ("Dunmore Flats", "TX", "78697"),
    ("Easterly Bend", "TX", "78695"),
    ("San Ysidro del Monte", "TX", "78694"),
    ("Willow Ford", "TX", "78693"),
)


def first_name(rng: random.Random, sex: str) -> str:
    """A first name; for a sex other than F or M one of either list."""
    if sex == "F" or (sex != "M" and rng.random() < 0.5):
        return rng.choice(FEMALE_NAMES)
    return rng.choice(MALE_NAMES)


def street_address(rng: random.Random) -> str:
    """House number and street."""
    return f"{rng.randrange(100, 9900)} {rng.choice(STREETS)}"
