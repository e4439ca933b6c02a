"""Where well-known cities lie, to about five kilometres, for ads that give no coordinates.

Written from general knowledge, in degrees north and east; names that several large cities share
are left out, and a name that is not here gives no distance at all.
"""

from __future__ import annotations

from typing import Final

CITIES: Final[dict[str, tuple[float, float]]] = {
    # Philippines
    "manila": (14.60, 120.98), "quezon": (14.65, 121.05), "quezon city": (14.65, 121.05),
    "makati": (14.55, 121.02), "pasig": (14.58, 121.06), "pasay": (14.54, 121.00),
    "taguig": (14.52, 121.05), "caloocan": (14.65, 120.97), "cebu": (10.32, 123.90),
    "cebu city": (10.32, 123.90), "davao": (7.07, 125.61), "davao city": (7.07, 125.61),
    "iloilo": (10.72, 122.56), "bacolod": (10.67, 122.95), "baguio": (16.41, 120.59),
    "cavite": (14.48, 120.90), "angeles": (15.15, 120.59), "angeles city": (15.15, 120.59),
    "dagupan": (16.04, 120.34), "naga": (13.62, 123.19), "tacloban": (11.24, 125.00),
    "butuan": (8.95, 125.54), "zamboanga": (6.92, 122.08), "laoag": (18.20, 120.59),
    "batangas": (13.76, 121.06), "lucena": (13.93, 121.62), "tarlac": (15.48, 120.59),
    "cagayan de oro": (8.48, 124.65), "general santos": (6.11, 125.17), "olongapo": (14.83, 120.28),
    "dumaguete": (9.31, 123.31), "puerto princesa": (9.74, 118.74), "legazpi": (13.14, 123.74),
    # Asia and the Pacific
    "singapore": (1.29, 103.85), "kuala lumpur": (3.14, 101.69), "bangkok": (13.75, 100.50),
    "pattaya": (12.93, 100.88), "phuket": (7.88, 98.39), "jakarta": (-6.21, 106.85),
    "hanoi": (21.03, 105.85), "ho chi minh city": (10.82, 106.63), "phnom penh": (11.56, 104.92),
    "hong kong": (22.32, 114.17), "macau": (22.20, 113.54), "taipei": (25.03, 121.57),
    "seoul": (37.57, 126.98), "busan": (35.18, 129.08), "tokyo": (35.68, 139.69),
    "osaka": (34.69, 135.50), "beijing": (39.90, 116.41), "shanghai": (31.23, 121.47),
    "guangzhou": (23.13, 113.26), "delhi": (28.61, 77.21), "new delhi": (28.61, 77.21),
    "mumbai": (19.08, 72.88), "kolkata": (22.57, 88.36), "chennai": (13.08, 80.27),
    "bengaluru": (12.97, 77.59), "dhaka": (23.81, 90.41), "kathmandu": (27.72, 85.32),
    "colombo": (6.93, 79.86), "karachi": (24.86, 67.01), "lahore": (31.55, 74.34),
    "dubai": (25.20, 55.27), "abu dhabi": (24.45, 54.38), "doha": (25.29, 51.53),
    "manama": (26.23, 50.59), "riyadh": (24.71, 46.68), "jeddah": (21.49, 39.19),
    "tel aviv": (32.08, 34.78), "beirut": (33.89, 35.50), "istanbul": (41.01, 28.98),
    "ankara": (39.93, 32.86), "sydney": (-33.87, 151.21), "melbourne": (-37.81, 144.96),
    "brisbane": (-27.47, 153.03), "adelaide": (-34.93, 138.60), "auckland": (-36.85, 174.76),
    # Europe
    "london": (51.51, -0.13), "manchester": (53.48, -2.24), "leeds": (53.80, -1.55),
    "glasgow": (55.86, -4.25), "edinburgh": (55.95, -3.19), "cardiff": (51.48, -3.18),
    "liverpool": (53.41, -2.98), "bristol": (51.45, -2.59), "dublin": (53.35, -6.26),
    "belfast": (54.60, -5.93), "paris": (48.86, 2.35), "lyon": (45.76, 4.84),
    "marseille": (43.30, 5.37), "brussels": (50.85, 4.35), "antwerp": (51.22, 4.40),
    "amsterdam": (52.37, 4.90), "rotterdam": (51.92, 4.48), "berlin": (52.52, 13.40),
    "hamburg": (53.55, 9.99), "munich": (48.14, 11.58), "cologne": (50.94, 6.96),
    "vienna": (48.21, 16.37), "zurich": (47.38, 8.54), "geneva": (46.20, 6.14),
    "madrid": (40.42, -3.70), "lisbon": (38.72, -9.14), "rome": (41.90, 12.50),
    "milan": (45.46, 9.19), "naples": (40.85, 14.27), "athens": (37.98, 23.73),
    "prague": (50.08, 14.44), "budapest": (47.50, 19.04), "warsaw": (52.23, 21.01),
    "krakow": (50.06, 19.94), "bucharest": (44.43, 26.10), "sofia": (42.70, 23.32),
    "belgrade": (44.79, 20.45), "zagreb": (45.81, 15.98), "kyiv": (50.45, 30.52),
    "moscow": (55.76, 37.62), "stockholm": (59.33, 18.07), "oslo": (59.91, 10.75),
    "copenhagen": (55.68, 12.57), "helsinki": (60.17, 24.94),
    # Americas
    "new york": (40.71, -74.01), "new york city": (40.71, -74.01), "boston": (42.36, -71.06),
    "philadelphia": (39.95, -75.17), "atlanta": (33.75, -84.39), "miami": (25.76, -80.19),
    "orlando": (28.54, -81.38), "chicago": (41.88, -87.63), "detroit": (42.33, -83.05),
    "houston": (29.76, -95.37), "dallas": (32.78, -96.80), "denver": (39.74, -104.99),
    "phoenix": (33.45, -112.07), "las vegas": (36.17, -115.14), "los angeles": (34.05, -118.24),
    "san diego": (32.72, -117.16), "san francisco": (37.77, -122.42), "seattle": (47.61, -122.33),
    "minneapolis": (44.98, -93.27), "new orleans": (29.95, -90.07), "honolulu": (21.31, -157.86),
    "toronto": (43.65, -79.38), "montreal": (45.50, -73.57), "calgary": (51.05, -114.07),
    "vancouver": (49.28, -123.12), "mexico city": (19.43, -99.13), "tijuana": (32.51, -117.04),
    "guadalajara": (20.67, -103.35), "bogota": (4.71, -74.07), "medellin": (6.24, -75.57),
    "lima": (-12.05, -77.04), "buenos aires": (-34.60, -58.38), "sao paulo": (-23.55, -46.63),
    "rio de janeiro": (-22.91, -43.17), "caracas": (10.48, -66.90), "quito": (-0.18, -78.47),
    # Africa
    "cairo": (30.04, 31.24), "casablanca": (33.57, -7.59), "tunis": (36.81, 10.18),
    "lagos": (6.52, 3.38), "abuja": (9.06, 7.50), "accra": (5.60, -0.19),
    "nairobi": (-1.29, 36.82), "addis ababa": (9.03, 38.74), "kampala": (0.35, 32.58),
    "johannesburg": (-26.20, 28.05), "cape town": (-33.92, 18.42), "durban": (-29.86, 31.02),
}  # fmt: skip
"""City (small letters) → (degrees north, degrees east)."""
