-- uses
WITH `t18` AS (
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t6`.`hash_a`, '') AS `hash`,
      NULLIF(`t6`.`hash_b`, '') AS `other`
    FROM `shared_images` AS `t6`
  ) AS `t11`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t6`.`hash_b`, '') AS `hash`,
      NULLIF(`t6`.`hash_a`, '') AS `other`
    FROM `shared_images` AS `t6`
  ) AS `t12`
), `t27` AS (
  SELECT
    `t20`.`hash`,
    MIN(LEAST(`t20`.`hash`, `t20`.`other`)) AS `least`
  FROM `t18` AS `t20`
  GROUP BY
    1
)
SELECT DISTINCT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        NULLIF(`t0`.`ad_id`, '') AS `ad_id`,
        NULLIF('text', '') AS `kind`,
        NULLIF(`t0`.`text_group_id`, '') AS `value`
      FROM `texts` AS `t0`
      WHERE
        `t0`.`characters` > 0 AND NULLIF(`t0`.`text_group_id`, '') IS NOT NULL
    ) AS `t13`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
          NULLIF('place', '') AS `kind`,
          NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
        FROM `ads` AS `t1`
      ) AS `t19`
      WHERE
        `t19`.`value` IS NOT NULL
    ) AS `t23`
  ) AS `t26`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t15`.`ad_id`, '') AS `ad_id`,
          NULLIF('wallet', '') AS `kind`,
          NULLIF(CAST(`t15`.`wallet_id` AS STRING), '') AS `value`
        FROM (
          SELECT
            *
          FROM `attribution_links` AS `t3`
          WHERE
            `t3`.`method` = 'inktrace' AND `t3`.`posterior_probability` >= 0.5
        ) AS `t15`
        INNER JOIN (
          SELECT
            `t4`.`author_id`,
            `t4`.`wallet_id`
          FROM `attributions` AS `t4`
          WHERE
            `t4`.`method` = 'inktrace'
            AND `t4`.`q_value` <= 0.05
            AND NOT (
              `t4`.`is_service`
            )
        ) AS `t16`
          ON `t15`.`author_id` = `t16`.`author_id` AND `t15`.`wallet_id` = `t16`.`wallet_id`
      ) AS `t25`
      WHERE
        `t25`.`value` IS NOT NULL
    ) AS `t29`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
          NULLIF(`t2`.`kind`, '') AS `kind`,
          NULLIF(`t2`.`value`, '') AS `value`
        FROM `identifiers` AS `t2`
        WHERE
          NOT (
            `t2`.`kind` IN ('domain', 'likely_handle', 'payee')
          )
          AND NULLIF(`t2`.`value`, '') IS NOT NULL
      ) AS `t14`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t38`.`ad_id`, '') AS `ad_id`,
          NULLIF('image', '') AS `kind`,
          NULLIF(`t38`.`value`, '') AS `value`
        FROM (
          SELECT
            `t24`.`ad_id`,
            COALESCE(`t37`.`group`, `t24`.`hash`) AS `value`
          FROM (
            SELECT
              `t7`.`ad_id`,
              EXPLODE(SPLIT(`t7`.`image_hashes`, ' ')) AS `hash`
            FROM (
              SELECT
                *
              FROM `ads` AS `t1`
              WHERE
                `t1`.`image_hashes` IS NOT NULL
            ) AS `t7`
          ) AS `t24`
          LEFT ANTI JOIN (
            SELECT
              *
            FROM `image_hashes` AS `t5`
            WHERE
              `t5`.`quarantine` IS NOT NULL
          ) AS `t17`
            ON `t24`.`hash` = `t17`.`hash`
          LEFT OUTER JOIN (
            SELECT
              `t30`.`hash`,
              LEAST(`t30`.`least`, `t35`.`beyond`) AS `group`
            FROM `t27` AS `t30`
            INNER JOIN (
              SELECT
                `t33`.`hash`,
                MIN(`t33`.`beyond`) AS `beyond`
              FROM (
                SELECT
                  `t21`.`hash`,
                  `t21`.`other`,
                  `t32`.`beyond`
                FROM `t18` AS `t21`
                INNER JOIN (
                  SELECT
                    `t28`.`hash` AS `other`,
                    `t28`.`least` AS `beyond`
                  FROM `t27` AS `t28`
                ) AS `t32`
                  ON `t21`.`other` = `t32`.`other`
              ) AS `t33`
              GROUP BY
                1
            ) AS `t35`
              ON `t30`.`hash` = `t35`.`hash`
          ) AS `t37`
            ON `t24`.`hash` = `t37`.`hash`
        ) AS `t38`
        WHERE
          NULLIF(`t38`.`value`, '') IS NOT NULL
      ) AS `t39`
    ) AS `t40`
  ) AS `t41`
) AS `t42`

-- spread
WITH `t21` AS (
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_a`, '') AS `hash`,
      NULLIF(`t7`.`hash_b`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t14`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_b`, '') AS `hash`,
      NULLIF(`t7`.`hash_a`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t15`
), `t30` AS (
  SELECT
    `t23`.`hash`,
    MIN(LEAST(`t23`.`hash`, `t23`.`other`)) AS `least`
  FROM `t21` AS `t23`
  GROUP BY
    1
), `t48` AS (
  SELECT
    `t47`.`ad_id`,
    `t47`.`kind`,
    `t47`.`value`,
    `t9`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t1`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t1`
          WHERE
            `t1`.`characters` > 0 AND NULLIF(`t1`.`text_group_id`, '') IS NOT NULL
        ) AS `t16`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t2`.`city`, `t2`.`region`)), '') AS `value`
            FROM `ads` AS `t2`
          ) AS `t22`
          WHERE
            `t22`.`value` IS NOT NULL
        ) AS `t26`
      ) AS `t29`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t18`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t18`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t18`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t19`
              ON `t18`.`author_id` = `t19`.`author_id` AND `t18`.`wallet_id` = `t19`.`wallet_id`
          ) AS `t28`
          WHERE
            `t28`.`value` IS NOT NULL
        ) AS `t32`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t17`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t41`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t41`.`value`, '') AS `value`
            FROM (
              SELECT
                `t27`.`ad_id`,
                COALESCE(`t40`.`group`, `t27`.`hash`) AS `value`
              FROM (
                SELECT
                  `t10`.`ad_id`,
                  EXPLODE(SPLIT(`t10`.`image_hashes`, ' ')) AS `hash`
                FROM (
                  SELECT
                    *
                  FROM `ads` AS `t2`
                  WHERE
                    `t2`.`image_hashes` IS NOT NULL
                ) AS `t10`
              ) AS `t27`
              LEFT ANTI JOIN (
                SELECT
                  *
                FROM `image_hashes` AS `t6`
                WHERE
                  `t6`.`quarantine` IS NOT NULL
              ) AS `t20`
                ON `t27`.`hash` = `t20`.`hash`
              LEFT OUTER JOIN (
                SELECT
                  `t33`.`hash`,
                  LEAST(`t33`.`least`, `t38`.`beyond`) AS `group`
                FROM `t30` AS `t33`
                INNER JOIN (
                  SELECT
                    `t36`.`hash`,
                    MIN(`t36`.`beyond`) AS `beyond`
                  FROM (
                    SELECT
                      `t24`.`hash`,
                      `t24`.`other`,
                      `t35`.`beyond`
                    FROM `t21` AS `t24`
                    INNER JOIN (
                      SELECT
                        `t31`.`hash` AS `other`,
                        `t31`.`least` AS `beyond`
                      FROM `t30` AS `t31`
                    ) AS `t35`
                      ON `t24`.`other` = `t35`.`other`
                  ) AS `t36`
                  GROUP BY
                    1
                ) AS `t38`
                  ON `t33`.`hash` = `t38`.`hash`
              ) AS `t40`
                ON `t27`.`hash` = `t40`.`hash`
            ) AS `t41`
            WHERE
              NULLIF(`t41`.`value`, '') IS NOT NULL
          ) AS `t42`
        ) AS `t43`
      ) AS `t44`
    ) AS `t45`
  ) AS `t47`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t9`
    ON `t47`.`ad_id` = `t9`.`ad_id`
)
SELECT
  `t58`.`kind`,
  `t58`.`value`,
  `t58`.`authors`,
  `t58`.`ads`,
  `t58`.`strangers`
FROM (
  SELECT
    `t57`.`kind`,
    `t57`.`value`,
    `t57`.`authors`,
    `t57`.`ads`,
    `t57`.`named`,
    CAST(ROUND(`t57`.`named` + (
      (
        `t57`.`authors` - `t57`.`named`
      ) * 0.1
    ), 6) AS DOUBLE) AS `strangers`
  FROM (
    SELECT
      `t56`.`kind`,
      `t56`.`value`,
      COUNT(*) AS `authors`,
      SUM(`t56`.`ads`) AS `ads`,
      COUNT(`t56`.`named`) AS `named`
    FROM (
      SELECT
        `t55`.`kind`,
        `t55`.`value`,
        `t55`.`author_id`,
        `t55`.`ads`,
        `t55`.`named`
      FROM (
        SELECT
          `t52`.`kind`,
          `t52`.`value`,
          `t52`.`author_id`,
          `t52`.`ads`,
          `t54`.`author_id` AS `author_id_right`,
          `t54`.`named`
        FROM (
          SELECT
            `t49`.`kind`,
            `t49`.`value`,
            `t49`.`author_id`,
            COUNT(DISTINCT `t49`.`ad_id`) AS `ads`
          FROM `t48` AS `t49`
          GROUP BY
            1,
            2,
            3
        ) AS `t52`
        LEFT OUTER JOIN (
          SELECT
            `t50`.`author_id`,
            1 AS `named`
          FROM (
            SELECT DISTINCT
              `t49`.`author_id`
            FROM `t48` AS `t49`
            WHERE
              `t49`.`kind` IN (
                'phone',
                'handle',
                'email',
                'url',
                'bitcoin_address',
                'tron_address',
                'ethereum_address',
                'payment_handle'
              )
          ) AS `t50`
        ) AS `t54`
          ON `t52`.`author_id` = `t54`.`author_id`
      ) AS `t55`
    ) AS `t56`
    GROUP BY
      1,
      2
  ) AS `t57`
) AS `t58`

-- hubs
WITH `t21` AS (
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_a`, '') AS `hash`,
      NULLIF(`t7`.`hash_b`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t14`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_b`, '') AS `hash`,
      NULLIF(`t7`.`hash_a`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t15`
), `t30` AS (
  SELECT
    `t23`.`hash`,
    MIN(LEAST(`t23`.`hash`, `t23`.`other`)) AS `least`
  FROM `t21` AS `t23`
  GROUP BY
    1
), `t48` AS (
  SELECT
    `t47`.`ad_id`,
    `t47`.`kind`,
    `t47`.`value`,
    `t9`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t1`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t1`
          WHERE
            `t1`.`characters` > 0 AND NULLIF(`t1`.`text_group_id`, '') IS NOT NULL
        ) AS `t16`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t2`.`city`, `t2`.`region`)), '') AS `value`
            FROM `ads` AS `t2`
          ) AS `t22`
          WHERE
            `t22`.`value` IS NOT NULL
        ) AS `t26`
      ) AS `t29`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t18`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t18`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t18`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t19`
              ON `t18`.`author_id` = `t19`.`author_id` AND `t18`.`wallet_id` = `t19`.`wallet_id`
          ) AS `t28`
          WHERE
            `t28`.`value` IS NOT NULL
        ) AS `t32`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t17`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t41`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t41`.`value`, '') AS `value`
            FROM (
              SELECT
                `t27`.`ad_id`,
                COALESCE(`t40`.`group`, `t27`.`hash`) AS `value`
              FROM (
                SELECT
                  `t10`.`ad_id`,
                  EXPLODE(SPLIT(`t10`.`image_hashes`, ' ')) AS `hash`
                FROM (
                  SELECT
                    *
                  FROM `ads` AS `t2`
                  WHERE
                    `t2`.`image_hashes` IS NOT NULL
                ) AS `t10`
              ) AS `t27`
              LEFT ANTI JOIN (
                SELECT
                  *
                FROM `image_hashes` AS `t6`
                WHERE
                  `t6`.`quarantine` IS NOT NULL
              ) AS `t20`
                ON `t27`.`hash` = `t20`.`hash`
              LEFT OUTER JOIN (
                SELECT
                  `t33`.`hash`,
                  LEAST(`t33`.`least`, `t38`.`beyond`) AS `group`
                FROM `t30` AS `t33`
                INNER JOIN (
                  SELECT
                    `t36`.`hash`,
                    MIN(`t36`.`beyond`) AS `beyond`
                  FROM (
                    SELECT
                      `t24`.`hash`,
                      `t24`.`other`,
                      `t35`.`beyond`
                    FROM `t21` AS `t24`
                    INNER JOIN (
                      SELECT
                        `t31`.`hash` AS `other`,
                        `t31`.`least` AS `beyond`
                      FROM `t30` AS `t31`
                    ) AS `t35`
                      ON `t24`.`other` = `t35`.`other`
                  ) AS `t36`
                  GROUP BY
                    1
                ) AS `t38`
                  ON `t33`.`hash` = `t38`.`hash`
              ) AS `t40`
                ON `t27`.`hash` = `t40`.`hash`
            ) AS `t41`
            WHERE
              NULLIF(`t41`.`value`, '') IS NOT NULL
          ) AS `t42`
        ) AS `t43`
      ) AS `t44`
    ) AS `t45`
  ) AS `t47`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t9`
    ON `t47`.`ad_id` = `t9`.`ad_id`
)
SELECT
  *
FROM (
  SELECT
    `t58`.`kind`,
    `t58`.`value`,
    `t58`.`authors`,
    `t58`.`ads`,
    `t58`.`strangers`
  FROM (
    SELECT
      `t57`.`kind`,
      `t57`.`value`,
      `t57`.`authors`,
      `t57`.`ads`,
      `t57`.`named`,
      CAST(ROUND(`t57`.`named` + (
        (
          `t57`.`authors` - `t57`.`named`
        ) * 0.1
      ), 6) AS DOUBLE) AS `strangers`
    FROM (
      SELECT
        `t56`.`kind`,
        `t56`.`value`,
        COUNT(*) AS `authors`,
        SUM(`t56`.`ads`) AS `ads`,
        COUNT(`t56`.`named`) AS `named`
      FROM (
        SELECT
          `t55`.`kind`,
          `t55`.`value`,
          `t55`.`author_id`,
          `t55`.`ads`,
          `t55`.`named`
        FROM (
          SELECT
            `t52`.`kind`,
            `t52`.`value`,
            `t52`.`author_id`,
            `t52`.`ads`,
            `t54`.`author_id` AS `author_id_right`,
            `t54`.`named`
          FROM (
            SELECT
              `t49`.`kind`,
              `t49`.`value`,
              `t49`.`author_id`,
              COUNT(DISTINCT `t49`.`ad_id`) AS `ads`
            FROM `t48` AS `t49`
            GROUP BY
              1,
              2,
              3
          ) AS `t52`
          LEFT OUTER JOIN (
            SELECT
              `t50`.`author_id`,
              1 AS `named`
            FROM (
              SELECT DISTINCT
                `t49`.`author_id`
              FROM `t48` AS `t49`
              WHERE
                `t49`.`kind` IN (
                  'phone',
                  'handle',
                  'email',
                  'url',
                  'bitcoin_address',
                  'tron_address',
                  'ethereum_address',
                  'payment_handle'
                )
            ) AS `t50`
          ) AS `t54`
            ON `t52`.`author_id` = `t54`.`author_id`
        ) AS `t55`
      ) AS `t56`
      GROUP BY
        1,
        2
    ) AS `t57`
  ) AS `t58`
) AS `t59`
WHERE
  NOT (
    `t59`.`kind` IN ('place')
  ) AND `t59`.`strangers` >= 4

-- ties
WITH `t21` AS (
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_a`, '') AS `hash`,
      NULLIF(`t7`.`hash_b`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t14`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_b`, '') AS `hash`,
      NULLIF(`t7`.`hash_a`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t15`
), `t30` AS (
  SELECT
    `t23`.`hash`,
    MIN(LEAST(`t23`.`hash`, `t23`.`other`)) AS `least`
  FROM `t21` AS `t23`
  GROUP BY
    1
), `t45` AS (
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        NULLIF(`t0`.`ad_id`, '') AS `ad_id`,
        NULLIF('text', '') AS `kind`,
        NULLIF(`t0`.`text_group_id`, '') AS `value`
      FROM `texts` AS `t0`
      WHERE
        `t0`.`characters` > 0 AND NULLIF(`t0`.`text_group_id`, '') IS NOT NULL
    ) AS `t16`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
          NULLIF('place', '') AS `kind`,
          NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
        FROM `ads` AS `t1`
      ) AS `t22`
      WHERE
        `t22`.`value` IS NOT NULL
    ) AS `t26`
  ) AS `t29`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t18`.`ad_id`, '') AS `ad_id`,
          NULLIF('wallet', '') AS `kind`,
          NULLIF(CAST(`t18`.`wallet_id` AS STRING), '') AS `value`
        FROM (
          SELECT
            *
          FROM `attribution_links` AS `t3`
          WHERE
            `t3`.`method` = 'inktrace' AND `t3`.`posterior_probability` >= 0.5
        ) AS `t18`
        INNER JOIN (
          SELECT
            `t4`.`author_id`,
            `t4`.`wallet_id`
          FROM `attributions` AS `t4`
          WHERE
            `t4`.`method` = 'inktrace'
            AND `t4`.`q_value` <= 0.05
            AND NOT (
              `t4`.`is_service`
            )
        ) AS `t19`
          ON `t18`.`author_id` = `t19`.`author_id` AND `t18`.`wallet_id` = `t19`.`wallet_id`
      ) AS `t28`
      WHERE
        `t28`.`value` IS NOT NULL
    ) AS `t32`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
          NULLIF(`t2`.`kind`, '') AS `kind`,
          NULLIF(`t2`.`value`, '') AS `value`
        FROM `identifiers` AS `t2`
        WHERE
          NOT (
            `t2`.`kind` IN ('domain', 'likely_handle', 'payee')
          )
          AND NULLIF(`t2`.`value`, '') IS NOT NULL
      ) AS `t17`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          NULLIF(`t41`.`ad_id`, '') AS `ad_id`,
          NULLIF('image', '') AS `kind`,
          NULLIF(`t41`.`value`, '') AS `value`
        FROM (
          SELECT
            `t27`.`ad_id`,
            COALESCE(`t40`.`group`, `t27`.`hash`) AS `value`
          FROM (
            SELECT
              `t9`.`ad_id`,
              EXPLODE(SPLIT(`t9`.`image_hashes`, ' ')) AS `hash`
            FROM (
              SELECT
                *
              FROM `ads` AS `t1`
              WHERE
                `t1`.`image_hashes` IS NOT NULL
            ) AS `t9`
          ) AS `t27`
          LEFT ANTI JOIN (
            SELECT
              *
            FROM `image_hashes` AS `t5`
            WHERE
              `t5`.`quarantine` IS NOT NULL
          ) AS `t20`
            ON `t27`.`hash` = `t20`.`hash`
          LEFT OUTER JOIN (
            SELECT
              `t33`.`hash`,
              LEAST(`t33`.`least`, `t38`.`beyond`) AS `group`
            FROM `t30` AS `t33`
            INNER JOIN (
              SELECT
                `t36`.`hash`,
                MIN(`t36`.`beyond`) AS `beyond`
              FROM (
                SELECT
                  `t24`.`hash`,
                  `t24`.`other`,
                  `t35`.`beyond`
                FROM `t21` AS `t24`
                INNER JOIN (
                  SELECT
                    `t31`.`hash` AS `other`,
                    `t31`.`least` AS `beyond`
                  FROM `t30` AS `t31`
                ) AS `t35`
                  ON `t24`.`other` = `t35`.`other`
              ) AS `t36`
              GROUP BY
                1
            ) AS `t38`
              ON `t33`.`hash` = `t38`.`hash`
          ) AS `t40`
            ON `t27`.`hash` = `t40`.`hash`
        ) AS `t41`
        WHERE
          NULLIF(`t41`.`value`, '') IS NOT NULL
      ) AS `t42`
    ) AS `t43`
  ) AS `t44`
), `t51` AS (
  SELECT
    `t49`.`ad_id`,
    `t49`.`kind`,
    `t49`.`value`,
    `t13`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM `t45` AS `t46`
  ) AS `t49`
  INNER JOIN (
    SELECT
      `t6`.`ad_id`,
      `t6`.`author_id`
    FROM `authors` AS `t6`
  ) AS `t13`
    ON `t49`.`ad_id` = `t13`.`ad_id`
), `t66` AS (
  SELECT
    *
  FROM (
    SELECT
      `t49`.`ad_id`,
      `t49`.`kind`,
      `t49`.`value`
    FROM (
      SELECT DISTINCT
        *
      FROM `t45` AS `t46`
    ) AS `t49`
    LEFT ANTI JOIN (
      SELECT
        *
      FROM (
        SELECT
          `t61`.`kind`,
          `t61`.`value`,
          `t61`.`authors`,
          `t61`.`ads`,
          `t61`.`strangers`
        FROM (
          SELECT
            `t60`.`kind`,
            `t60`.`value`,
            `t60`.`authors`,
            `t60`.`ads`,
            `t60`.`named`,
            CAST(ROUND(`t60`.`named` + (
              (
                `t60`.`authors` - `t60`.`named`
              ) * 0.1
            ), 6) AS DOUBLE) AS `strangers`
          FROM (
            SELECT
              `t59`.`kind`,
              `t59`.`value`,
              COUNT(*) AS `authors`,
              SUM(`t59`.`ads`) AS `ads`,
              COUNT(`t59`.`named`) AS `named`
            FROM (
              SELECT
                `t58`.`kind`,
                `t58`.`value`,
                `t58`.`author_id`,
                `t58`.`ads`,
                `t58`.`named`
              FROM (
                SELECT
                  `t55`.`kind`,
                  `t55`.`value`,
                  `t55`.`author_id`,
                  `t55`.`ads`,
                  `t57`.`author_id` AS `author_id_right`,
                  `t57`.`named`
                FROM (
                  SELECT
                    `t52`.`kind`,
                    `t52`.`value`,
                    `t52`.`author_id`,
                    COUNT(DISTINCT `t52`.`ad_id`) AS `ads`
                  FROM `t51` AS `t52`
                  GROUP BY
                    1,
                    2,
                    3
                ) AS `t55`
                LEFT OUTER JOIN (
                  SELECT
                    `t53`.`author_id`,
                    1 AS `named`
                  FROM (
                    SELECT DISTINCT
                      `t52`.`author_id`
                    FROM `t51` AS `t52`
                    WHERE
                      `t52`.`kind` IN (
                        'phone',
                        'handle',
                        'email',
                        'url',
                        'bitcoin_address',
                        'tron_address',
                        'ethereum_address',
                        'payment_handle'
                      )
                  ) AS `t53`
                ) AS `t57`
                  ON `t55`.`author_id` = `t57`.`author_id`
              ) AS `t58`
            ) AS `t59`
            GROUP BY
              1,
              2
          ) AS `t60`
        ) AS `t61`
      ) AS `t62`
      WHERE
        NOT (
          `t62`.`kind` IN ('place')
        ) AND `t62`.`strangers` >= 4
    ) AS `t64`
      ON `t49`.`kind` = `t64`.`kind` AND `t49`.`value` = `t64`.`value`
  ) AS `t65`
  WHERE
    `t65`.`kind` IN (
      'phone',
      'handle',
      'email',
      'url',
      'bitcoin_address',
      'tron_address',
      'ethereum_address',
      'payment_handle'
    )
)
SELECT
  `t70`.`ad_id`,
  CONCAT(CONCAT(`t70`.`kind`, ':'), `t70`.`value`) AS `tie`
FROM (
  SELECT
    *
  FROM `t66` AS `t67`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      `t50`.`ad_id`,
      `t50`.`kind`,
      `t50`.`value`
    FROM (
      SELECT DISTINCT
        *
      FROM `t45` AS `t46`
      WHERE
        `t46`.`kind` = 'text'
    ) AS `t50`
    LEFT ANTI JOIN `t66` AS `t68`
      ON `t50`.`ad_id` = `t68`.`ad_id`
  ) AS `t69`
) AS `t70`

-- part_uses
WITH `t25` AS (
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_a`, '') AS `hash`,
      NULLIF(`t7`.`hash_b`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t16`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_b`, '') AS `hash`,
      NULLIF(`t7`.`hash_a`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t17`
), `t34` AS (
  SELECT
    `t27`.`hash`,
    MIN(LEAST(`t27`.`hash`, `t27`.`other`)) AS `least`
  FROM `t25` AS `t27`
  GROUP BY
    1
), `t52` AS (
  SELECT
    `t51`.`ad_id`,
    `t51`.`kind`,
    `t51`.`value`,
    `t10`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t2`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t2`
          WHERE
            `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
        ) AS `t20`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
            FROM `ads` AS `t1`
          ) AS `t26`
          WHERE
            `t26`.`value` IS NOT NULL
        ) AS `t30`
      ) AS `t33`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t22`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t22`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t22`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t23`
              ON `t22`.`author_id` = `t23`.`author_id` AND `t22`.`wallet_id` = `t23`.`wallet_id`
          ) AS `t32`
          WHERE
            `t32`.`value` IS NOT NULL
        ) AS `t36`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t21`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t45`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t45`.`value`, '') AS `value`
            FROM (
              SELECT
                `t31`.`ad_id`,
                COALESCE(`t44`.`group`, `t31`.`hash`) AS `value`
              FROM (
                SELECT
                  `t12`.`ad_id`,
                  EXPLODE(SPLIT(`t12`.`image_hashes`, ' ')) AS `hash`
                FROM (
                  SELECT
                    *
                  FROM `ads` AS `t1`
                  WHERE
                    `t1`.`image_hashes` IS NOT NULL
                ) AS `t12`
              ) AS `t31`
              LEFT ANTI JOIN (
                SELECT
                  *
                FROM `image_hashes` AS `t6`
                WHERE
                  `t6`.`quarantine` IS NOT NULL
              ) AS `t24`
                ON `t31`.`hash` = `t24`.`hash`
              LEFT OUTER JOIN (
                SELECT
                  `t37`.`hash`,
                  LEAST(`t37`.`least`, `t42`.`beyond`) AS `group`
                FROM `t34` AS `t37`
                INNER JOIN (
                  SELECT
                    `t40`.`hash`,
                    MIN(`t40`.`beyond`) AS `beyond`
                  FROM (
                    SELECT
                      `t28`.`hash`,
                      `t28`.`other`,
                      `t39`.`beyond`
                    FROM `t25` AS `t28`
                    INNER JOIN (
                      SELECT
                        `t35`.`hash` AS `other`,
                        `t35`.`least` AS `beyond`
                      FROM `t34` AS `t35`
                    ) AS `t39`
                      ON `t28`.`other` = `t39`.`other`
                  ) AS `t40`
                  GROUP BY
                    1
                ) AS `t42`
                  ON `t37`.`hash` = `t42`.`hash`
              ) AS `t44`
                ON `t31`.`hash` = `t44`.`hash`
            ) AS `t45`
            WHERE
              NULLIF(`t45`.`value`, '') IS NOT NULL
          ) AS `t46`
        ) AS `t47`
      ) AS `t48`
    ) AS `t49`
  ) AS `t51`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t10`
    ON `t51`.`ad_id` = `t10`.`ad_id`
)
SELECT
  `t66`.`kind`,
  `t66`.`value`,
  `t66`.`part`,
  COUNT(DISTINCT `t66`.`hour`) AS `uses`
FROM (
  SELECT
    `t51`.`ad_id`,
    `t51`.`kind`,
    `t51`.`value`,
    `t18`.`part`,
    `t19`.`hour`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t2`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t2`
          WHERE
            `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
        ) AS `t20`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
            FROM `ads` AS `t1`
          ) AS `t26`
          WHERE
            `t26`.`value` IS NOT NULL
        ) AS `t30`
      ) AS `t33`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t22`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t22`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t22`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t23`
              ON `t22`.`author_id` = `t23`.`author_id` AND `t22`.`wallet_id` = `t23`.`wallet_id`
          ) AS `t32`
          WHERE
            `t32`.`value` IS NOT NULL
        ) AS `t36`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t21`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t45`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t45`.`value`, '') AS `value`
            FROM (
              SELECT
                `t31`.`ad_id`,
                COALESCE(`t44`.`group`, `t31`.`hash`) AS `value`
              FROM (
                SELECT
                  `t12`.`ad_id`,
                  EXPLODE(SPLIT(`t12`.`image_hashes`, ' ')) AS `hash`
                FROM (
                  SELECT
                    *
                  FROM `ads` AS `t1`
                  WHERE
                    `t1`.`image_hashes` IS NOT NULL
                ) AS `t12`
              ) AS `t31`
              LEFT ANTI JOIN (
                SELECT
                  *
                FROM `image_hashes` AS `t6`
                WHERE
                  `t6`.`quarantine` IS NOT NULL
              ) AS `t24`
                ON `t31`.`hash` = `t24`.`hash`
              LEFT OUTER JOIN (
                SELECT
                  `t37`.`hash`,
                  LEAST(`t37`.`least`, `t42`.`beyond`) AS `group`
                FROM `t34` AS `t37`
                INNER JOIN (
                  SELECT
                    `t40`.`hash`,
                    MIN(`t40`.`beyond`) AS `beyond`
                  FROM (
                    SELECT
                      `t28`.`hash`,
                      `t28`.`other`,
                      `t39`.`beyond`
                    FROM `t25` AS `t28`
                    INNER JOIN (
                      SELECT
                        `t35`.`hash` AS `other`,
                        `t35`.`least` AS `beyond`
                      FROM `t34` AS `t35`
                    ) AS `t39`
                      ON `t28`.`other` = `t39`.`other`
                  ) AS `t40`
                  GROUP BY
                    1
                ) AS `t42`
                  ON `t37`.`hash` = `t42`.`hash`
              ) AS `t44`
                ON `t31`.`hash` = `t44`.`hash`
            ) AS `t45`
            WHERE
              NULLIF(`t45`.`value`, '') IS NOT NULL
          ) AS `t46`
        ) AS `t47`
      ) AS `t48`
    ) AS `t49`
  ) AS `t51`
  LEFT ANTI JOIN (
    SELECT
      *
    FROM (
      SELECT
        `t62`.`kind`,
        `t62`.`value`,
        `t62`.`authors`,
        `t62`.`ads`,
        `t62`.`strangers`
      FROM (
        SELECT
          `t61`.`kind`,
          `t61`.`value`,
          `t61`.`authors`,
          `t61`.`ads`,
          `t61`.`named`,
          CAST(ROUND(`t61`.`named` + (
            (
              `t61`.`authors` - `t61`.`named`
            ) * 0.1
          ), 6) AS DOUBLE) AS `strangers`
        FROM (
          SELECT
            `t60`.`kind`,
            `t60`.`value`,
            COUNT(*) AS `authors`,
            SUM(`t60`.`ads`) AS `ads`,
            COUNT(`t60`.`named`) AS `named`
          FROM (
            SELECT
              `t59`.`kind`,
              `t59`.`value`,
              `t59`.`author_id`,
              `t59`.`ads`,
              `t59`.`named`
            FROM (
              SELECT
                `t56`.`kind`,
                `t56`.`value`,
                `t56`.`author_id`,
                `t56`.`ads`,
                `t58`.`author_id` AS `author_id_right`,
                `t58`.`named`
              FROM (
                SELECT
                  `t53`.`kind`,
                  `t53`.`value`,
                  `t53`.`author_id`,
                  COUNT(DISTINCT `t53`.`ad_id`) AS `ads`
                FROM `t52` AS `t53`
                GROUP BY
                  1,
                  2,
                  3
              ) AS `t56`
              LEFT OUTER JOIN (
                SELECT
                  `t54`.`author_id`,
                  1 AS `named`
                FROM (
                  SELECT DISTINCT
                    `t53`.`author_id`
                  FROM `t52` AS `t53`
                  WHERE
                    `t53`.`kind` IN (
                      'phone',
                      'handle',
                      'email',
                      'url',
                      'bitcoin_address',
                      'tron_address',
                      'ethereum_address',
                      'payment_handle'
                    )
                ) AS `t54`
              ) AS `t58`
                ON `t56`.`author_id` = `t58`.`author_id`
            ) AS `t59`
          ) AS `t60`
          GROUP BY
            1,
            2
        ) AS `t61`
      ) AS `t62`
    ) AS `t63`
    WHERE
      NOT (
        `t63`.`kind` IN ('place')
      ) AND `t63`.`strangers` >= 4
  ) AS `t65`
    ON `t51`.`kind` = `t65`.`kind` AND `t51`.`value` = `t65`.`value`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      CAST(`t0`.`log10_lr` AS BIGINT) AS `part`
    FROM `authors` AS `t0`
  ) AS `t18`
    ON `t51`.`ad_id` = `t18`.`ad_id`
  INNER JOIN (
    SELECT
      `t1`.`ad_id`,
      CAST(FLOOR((
        `t1`.`posted_us`
      ) / (
        3600000000
      )) AS BIGINT) AS `hour`
    FROM `ads` AS `t1`
  ) AS `t19`
    ON `t51`.`ad_id` = `t19`.`ad_id`
) AS `t66`
GROUP BY
  1,
  2,
  3

-- value_pairs
WITH `t25` AS (
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_a`, '') AS `hash`,
      NULLIF(`t7`.`hash_b`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t16`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      NULLIF(`t7`.`hash_b`, '') AS `hash`,
      NULLIF(`t7`.`hash_a`, '') AS `other`
    FROM `shared_images` AS `t7`
  ) AS `t17`
), `t34` AS (
  SELECT
    `t27`.`hash`,
    MIN(LEAST(`t27`.`hash`, `t27`.`other`)) AS `least`
  FROM `t25` AS `t27`
  GROUP BY
    1
), `t52` AS (
  SELECT
    `t51`.`ad_id`,
    `t51`.`kind`,
    `t51`.`value`,
    `t10`.`author_id`
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
            NULLIF('text', '') AS `kind`,
            NULLIF(`t2`.`text_group_id`, '') AS `value`
          FROM `texts` AS `t2`
          WHERE
            `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
        ) AS `t20`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
              NULLIF('place', '') AS `kind`,
              NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
            FROM `ads` AS `t1`
          ) AS `t26`
          WHERE
            `t26`.`value` IS NOT NULL
        ) AS `t30`
      ) AS `t33`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t22`.`ad_id`, '') AS `ad_id`,
              NULLIF('wallet', '') AS `kind`,
              NULLIF(CAST(`t22`.`wallet_id` AS STRING), '') AS `value`
            FROM (
              SELECT
                *
              FROM `attribution_links` AS `t4`
              WHERE
                `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
            ) AS `t22`
            INNER JOIN (
              SELECT
                `t5`.`author_id`,
                `t5`.`wallet_id`
              FROM `attributions` AS `t5`
              WHERE
                `t5`.`method` = 'inktrace'
                AND `t5`.`q_value` <= 0.05
                AND NOT (
                  `t5`.`is_service`
                )
            ) AS `t23`
              ON `t22`.`author_id` = `t23`.`author_id` AND `t22`.`wallet_id` = `t23`.`wallet_id`
          ) AS `t32`
          WHERE
            `t32`.`value` IS NOT NULL
        ) AS `t36`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
              NULLIF(`t3`.`kind`, '') AS `kind`,
              NULLIF(`t3`.`value`, '') AS `value`
            FROM `identifiers` AS `t3`
            WHERE
              NOT (
                `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
              )
              AND NULLIF(`t3`.`value`, '') IS NOT NULL
          ) AS `t21`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              NULLIF(`t45`.`ad_id`, '') AS `ad_id`,
              NULLIF('image', '') AS `kind`,
              NULLIF(`t45`.`value`, '') AS `value`
            FROM (
              SELECT
                `t31`.`ad_id`,
                COALESCE(`t44`.`group`, `t31`.`hash`) AS `value`
              FROM (
                SELECT
                  `t12`.`ad_id`,
                  EXPLODE(SPLIT(`t12`.`image_hashes`, ' ')) AS `hash`
                FROM (
                  SELECT
                    *
                  FROM `ads` AS `t1`
                  WHERE
                    `t1`.`image_hashes` IS NOT NULL
                ) AS `t12`
              ) AS `t31`
              LEFT ANTI JOIN (
                SELECT
                  *
                FROM `image_hashes` AS `t6`
                WHERE
                  `t6`.`quarantine` IS NOT NULL
              ) AS `t24`
                ON `t31`.`hash` = `t24`.`hash`
              LEFT OUTER JOIN (
                SELECT
                  `t37`.`hash`,
                  LEAST(`t37`.`least`, `t42`.`beyond`) AS `group`
                FROM `t34` AS `t37`
                INNER JOIN (
                  SELECT
                    `t40`.`hash`,
                    MIN(`t40`.`beyond`) AS `beyond`
                  FROM (
                    SELECT
                      `t28`.`hash`,
                      `t28`.`other`,
                      `t39`.`beyond`
                    FROM `t25` AS `t28`
                    INNER JOIN (
                      SELECT
                        `t35`.`hash` AS `other`,
                        `t35`.`least` AS `beyond`
                      FROM `t34` AS `t35`
                    ) AS `t39`
                      ON `t28`.`other` = `t39`.`other`
                  ) AS `t40`
                  GROUP BY
                    1
                ) AS `t42`
                  ON `t37`.`hash` = `t42`.`hash`
              ) AS `t44`
                ON `t31`.`hash` = `t44`.`hash`
            ) AS `t45`
            WHERE
              NULLIF(`t45`.`value`, '') IS NOT NULL
          ) AS `t46`
        ) AS `t47`
      ) AS `t48`
    ) AS `t49`
  ) AS `t51`
  INNER JOIN (
    SELECT
      `t0`.`ad_id`,
      `t0`.`author_id`
    FROM `authors` AS `t0`
  ) AS `t10`
    ON `t51`.`ad_id` = `t10`.`ad_id`
), `t69` AS (
  SELECT
    `t68`.`kind`,
    `t68`.`value`,
    `t68`.`part`,
    `t68`.`uses`,
    FIRST(`t68`.`part`) IGNORE NULLS OVER (
      PARTITION BY `t68`.`kind`, `t68`.`value`
      ORDER BY `t68`.`uses` DESC, `t68`.`part` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `busiest`,
    LAG(`t68`.`part`) OVER (PARTITION BY `t68`.`kind`, `t68`.`value` ORDER BY `t68`.`part` ASC NULLS LAST) AS `before`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        `t66`.`kind`,
        `t66`.`value`,
        `t66`.`part`,
        COUNT(DISTINCT `t66`.`hour`) AS `uses`
      FROM (
        SELECT
          `t51`.`ad_id`,
          `t51`.`kind`,
          `t51`.`value`,
          `t18`.`part`,
          `t19`.`hour`
        FROM (
          SELECT DISTINCT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  NULLIF(`t2`.`ad_id`, '') AS `ad_id`,
                  NULLIF('text', '') AS `kind`,
                  NULLIF(`t2`.`text_group_id`, '') AS `value`
                FROM `texts` AS `t2`
                WHERE
                  `t2`.`characters` > 0 AND NULLIF(`t2`.`text_group_id`, '') IS NOT NULL
              ) AS `t20`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t1`.`ad_id`, '') AS `ad_id`,
                    NULLIF('place', '') AS `kind`,
                    NULLIF(LOWER(COALESCE(`t1`.`city`, `t1`.`region`)), '') AS `value`
                  FROM `ads` AS `t1`
                ) AS `t26`
                WHERE
                  `t26`.`value` IS NOT NULL
              ) AS `t30`
            ) AS `t33`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t22`.`ad_id`, '') AS `ad_id`,
                    NULLIF('wallet', '') AS `kind`,
                    NULLIF(CAST(`t22`.`wallet_id` AS STRING), '') AS `value`
                  FROM (
                    SELECT
                      *
                    FROM `attribution_links` AS `t4`
                    WHERE
                      `t4`.`method` = 'inktrace' AND `t4`.`posterior_probability` >= 0.5
                  ) AS `t22`
                  INNER JOIN (
                    SELECT
                      `t5`.`author_id`,
                      `t5`.`wallet_id`
                    FROM `attributions` AS `t5`
                    WHERE
                      `t5`.`method` = 'inktrace'
                      AND `t5`.`q_value` <= 0.05
                      AND NOT (
                        `t5`.`is_service`
                      )
                  ) AS `t23`
                    ON `t22`.`author_id` = `t23`.`author_id` AND `t22`.`wallet_id` = `t23`.`wallet_id`
                ) AS `t32`
                WHERE
                  `t32`.`value` IS NOT NULL
              ) AS `t36`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t3`.`ad_id`, '') AS `ad_id`,
                    NULLIF(`t3`.`kind`, '') AS `kind`,
                    NULLIF(`t3`.`value`, '') AS `value`
                  FROM `identifiers` AS `t3`
                  WHERE
                    NOT (
                      `t3`.`kind` IN ('domain', 'likely_handle', 'payee')
                    )
                    AND NULLIF(`t3`.`value`, '') IS NOT NULL
                ) AS `t21`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    NULLIF(`t45`.`ad_id`, '') AS `ad_id`,
                    NULLIF('image', '') AS `kind`,
                    NULLIF(`t45`.`value`, '') AS `value`
                  FROM (
                    SELECT
                      `t31`.`ad_id`,
                      COALESCE(`t44`.`group`, `t31`.`hash`) AS `value`
                    FROM (
                      SELECT
                        `t12`.`ad_id`,
                        EXPLODE(SPLIT(`t12`.`image_hashes`, ' ')) AS `hash`
                      FROM (
                        SELECT
                          *
                        FROM `ads` AS `t1`
                        WHERE
                          `t1`.`image_hashes` IS NOT NULL
                      ) AS `t12`
                    ) AS `t31`
                    LEFT ANTI JOIN (
                      SELECT
                        *
                      FROM `image_hashes` AS `t6`
                      WHERE
                        `t6`.`quarantine` IS NOT NULL
                    ) AS `t24`
                      ON `t31`.`hash` = `t24`.`hash`
                    LEFT OUTER JOIN (
                      SELECT
                        `t37`.`hash`,
                        LEAST(`t37`.`least`, `t42`.`beyond`) AS `group`
                      FROM `t34` AS `t37`
                      INNER JOIN (
                        SELECT
                          `t40`.`hash`,
                          MIN(`t40`.`beyond`) AS `beyond`
                        FROM (
                          SELECT
                            `t28`.`hash`,
                            `t28`.`other`,
                            `t39`.`beyond`
                          FROM `t25` AS `t28`
                          INNER JOIN (
                            SELECT
                              `t35`.`hash` AS `other`,
                              `t35`.`least` AS `beyond`
                            FROM `t34` AS `t35`
                          ) AS `t39`
                            ON `t28`.`other` = `t39`.`other`
                        ) AS `t40`
                        GROUP BY
                          1
                      ) AS `t42`
                        ON `t37`.`hash` = `t42`.`hash`
                    ) AS `t44`
                      ON `t31`.`hash` = `t44`.`hash`
                  ) AS `t45`
                  WHERE
                    NULLIF(`t45`.`value`, '') IS NOT NULL
                ) AS `t46`
              ) AS `t47`
            ) AS `t48`
          ) AS `t49`
        ) AS `t51`
        LEFT ANTI JOIN (
          SELECT
            *
          FROM (
            SELECT
              `t62`.`kind`,
              `t62`.`value`,
              `t62`.`authors`,
              `t62`.`ads`,
              `t62`.`strangers`
            FROM (
              SELECT
                `t61`.`kind`,
                `t61`.`value`,
                `t61`.`authors`,
                `t61`.`ads`,
                `t61`.`named`,
                CAST(ROUND(`t61`.`named` + (
                  (
                    `t61`.`authors` - `t61`.`named`
                  ) * 0.1
                ), 6) AS DOUBLE) AS `strangers`
              FROM (
                SELECT
                  `t60`.`kind`,
                  `t60`.`value`,
                  COUNT(*) AS `authors`,
                  SUM(`t60`.`ads`) AS `ads`,
                  COUNT(`t60`.`named`) AS `named`
                FROM (
                  SELECT
                    `t59`.`kind`,
                    `t59`.`value`,
                    `t59`.`author_id`,
                    `t59`.`ads`,
                    `t59`.`named`
                  FROM (
                    SELECT
                      `t56`.`kind`,
                      `t56`.`value`,
                      `t56`.`author_id`,
                      `t56`.`ads`,
                      `t58`.`author_id` AS `author_id_right`,
                      `t58`.`named`
                    FROM (
                      SELECT
                        `t53`.`kind`,
                        `t53`.`value`,
                        `t53`.`author_id`,
                        COUNT(DISTINCT `t53`.`ad_id`) AS `ads`
                      FROM `t52` AS `t53`
                      GROUP BY
                        1,
                        2,
                        3
                    ) AS `t56`
                    LEFT OUTER JOIN (
                      SELECT
                        `t54`.`author_id`,
                        1 AS `named`
                      FROM (
                        SELECT DISTINCT
                          `t53`.`author_id`
                        FROM `t52` AS `t53`
                        WHERE
                          `t53`.`kind` IN (
                            'phone',
                            'handle',
                            'email',
                            'url',
                            'bitcoin_address',
                            'tron_address',
                            'ethereum_address',
                            'payment_handle'
                          )
                      ) AS `t54`
                    ) AS `t58`
                      ON `t56`.`author_id` = `t58`.`author_id`
                  ) AS `t59`
                ) AS `t60`
                GROUP BY
                  1,
                  2
              ) AS `t61`
            ) AS `t62`
          ) AS `t63`
          WHERE
            NOT (
              `t63`.`kind` IN ('place')
            ) AND `t63`.`strangers` >= 4
        ) AS `t65`
          ON `t51`.`kind` = `t65`.`kind` AND `t51`.`value` = `t65`.`value`
        INNER JOIN (
          SELECT
            `t0`.`ad_id`,
            CAST(`t0`.`log10_lr` AS BIGINT) AS `part`
          FROM `authors` AS `t0`
        ) AS `t18`
          ON `t51`.`ad_id` = `t18`.`ad_id`
        INNER JOIN (
          SELECT
            `t1`.`ad_id`,
            CAST(FLOOR((
              `t1`.`posted_us`
            ) / (
              3600000000
            )) AS BIGINT) AS `hour`
          FROM `ads` AS `t1`
        ) AS `t19`
          ON `t51`.`ad_id` = `t19`.`ad_id`
      ) AS `t66`
      GROUP BY
        1,
        2,
        3
    ) AS `t67`
    WHERE
      `t67`.`kind` <> 'place'
  ) AS `t68`
)
SELECT DISTINCT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t70`.`part`, `t70`.`busiest`) AS `part_a`,
      GREATEST(`t70`.`part`, `t70`.`busiest`) AS `part_b`
    FROM `t69` AS `t70`
    WHERE
      `t70`.`busiest` IS NOT NULL AND `t70`.`busiest` <> `t70`.`part`
  ) AS `t71`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t70`.`part`, `t70`.`before`) AS `part_a`,
      GREATEST(`t70`.`part`, `t70`.`before`) AS `part_b`
    FROM `t69` AS `t70`
    WHERE
      `t70`.`before` IS NOT NULL AND `t70`.`before` <> `t70`.`part`
  ) AS `t72`
) AS `t73`

-- author_part_pairs
WITH `t4` AS (
  SELECT
    `t3`.`part`,
    `t3`.`ads`,
    `t3`.`author`,
    FIRST(`t3`.`part`) IGNORE NULLS OVER (
      PARTITION BY `t3`.`author`
      ORDER BY `t3`.`ads` DESC, `t3`.`part` ASC NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `largest`,
    LAG(`t3`.`part`) OVER (PARTITION BY `t3`.`author` ORDER BY `t3`.`part` ASC NULLS LAST) AS `before`
  FROM (
    SELECT
      `t2`.`part`,
      `t2`.`ads`,
      1 AS `author`
    FROM (
      SELECT
        `t1`.`part`,
        COUNT(*) AS `ads`
      FROM (
        SELECT
          `t0`.`ad_id`,
          CAST(`t0`.`log10_lr` AS BIGINT) AS `part`
        FROM `authors` AS `t0`
      ) AS `t1`
      GROUP BY
        1
    ) AS `t2`
  ) AS `t3`
)
SELECT DISTINCT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t5`.`part`, `t5`.`largest`) AS `part_a`,
      GREATEST(`t5`.`part`, `t5`.`largest`) AS `part_b`
    FROM `t4` AS `t5`
    WHERE
      `t5`.`largest` IS NOT NULL AND `t5`.`largest` <> `t5`.`part`
  ) AS `t6`
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      LEAST(`t5`.`part`, `t5`.`before`) AS `part_a`,
      GREATEST(`t5`.`part`, `t5`.`before`) AS `part_b`
    FROM `t4` AS `t5`
    WHERE
      `t5`.`before` IS NOT NULL AND `t5`.`before` <> `t5`.`part`
  ) AS `t7`
) AS `t8`

-- style_pairs
SELECT
  `t8`.`part_a`,
  `t8`.`part_b`,
  `t8`.`same_template`,
  COUNT(*) AS `pairs`,
  SUM(CAST(ROUND(`t8`.`log10_lr` * 1000000, 0) AS BIGINT)) AS `lr_millionths`
FROM (
  SELECT
    `t7`.`ad_id_a`,
    `t7`.`ad_id_b`,
    `t7`.`same_template`,
    `t7`.`shared_identifiers`,
    `t7`.`log10_lr`,
    `t7`.`same_author_probability`,
    `t7`.`run_id`,
    `t7`.`one`,
    `t7`.`other`,
    LEAST(`t7`.`one`, `t7`.`other`) AS `part_a`,
    GREATEST(`t7`.`one`, `t7`.`other`) AS `part_b`
  FROM (
    SELECT
      `t2`.`ad_id_a`,
      `t2`.`ad_id_b`,
      `t2`.`same_template`,
      `t2`.`shared_identifiers`,
      `t2`.`log10_lr`,
      `t2`.`same_author_probability`,
      `t2`.`run_id`,
      `t5`.`one`,
      `t6`.`other`
    FROM `author_pairs` AS `t2`
    INNER JOIN (
      SELECT
        `t1`.`ad_id` AS `ad_id_a`,
        CAST(`t1`.`log10_lr` AS BIGINT) AS `one`
      FROM `authors` AS `t1`
    ) AS `t5`
      ON `t2`.`ad_id_a` = `t5`.`ad_id_a`
    INNER JOIN (
      SELECT
        `t1`.`ad_id` AS `ad_id_b`,
        CAST(`t1`.`log10_lr` AS BIGINT) AS `other`
      FROM `authors` AS `t1`
    ) AS `t6`
      ON `t2`.`ad_id_b` = `t6`.`ad_id_b`
  ) AS `t7`
  WHERE
    `t7`.`one` <> `t7`.`other`
) AS `t8`
GROUP BY
  1,
  2,
  3
