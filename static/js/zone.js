// Suggests the browser's own time zone, and its country where the language names one, in a form that asks for them.
const form = document.querySelector("[data-zone-guess]");
const zone = form?.elements.namedItem("time_zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value === "UTC" && [...zone.options].some((option) => option.value === here)) zone.value = here;
const country = form?.elements.namedItem("country");
const region = new Intl.Locale(navigator.language).region;
if (country && !country.value && region && [...country.options].some((option) => option.value === region)) country.value = region;
